"""A report opens from disk without the network, shows names as text, and keeps to its size."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

import core.__main__  # noqa: F401 (joins all commands to the app)
from core import evidence
from core.cli import app
from core.dataset.frame import frame_for
from core.errors import UserError
from core.report import html
from core.report.html import report
from core.specs import FrameSpec
from core.stages import Record, stage
from core.study import Study
from tests.pages.conftest import LABELS, make_study

EVIL = "<script>alert(1)</script>\"><img src=http://x.y/z onerror='a()'> {{ 7*7 }} \u6771\u4eac \U0001f5fc"


class Seen(HTMLParser):
    """Everything a browser would make of the page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.words += data

    def of(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_report__asks_nothing_of_the_network(study: Study) -> None:
    page = report(study)
    seen = Seen(page)
    assert not seen.of("script") and not seen.of("link") and not seen.of("iframe")
    assert all(image["src"].startswith("data:image/webp;base64,") for image in seen.of("img"))
    assert all(link["href"].startswith("#label-") for link in seen.of("a"))
    assert "default-src 'none'" in seen.of("meta")[1]["content"]
    assert not re.search(r"url\(|@import|https?://", page)
    assert not any(name.startswith("on") for _, attributes in seen.tags for name in attributes)


def test_report__tells_what_was_found_label_by_label(study: Study) -> None:
    seen = Seen(report(study))
    for label in LABELS:
        assert f"A picture of {label}." in seen.words
    assert "8 patches in 100% of the pictures" in seen.words
    assert "median T +0.200" in seen.words and "95%: +0.100 to +0.300" in seen.words
    assert "64 a picture, in pairs of opposite noise, t from 0.1 to 0.7." in seen.words
    assert "Every picture could be used." in seen.words
    assert "24 maps" in seen.words
    assert not any(image["alt"] == "" for image in seen.of("img") if image.get("class") != "map")


def test_report__of_one_label_tells_of_no_other(study: Study) -> None:
    fresh = Study.open(study.name, study.settings)
    seen = Seen(report(fresh, ("Paris",)))
    assert "What makes Paris look like Paris?" in seen.words
    assert "pictures" not in vars(fresh)  # those of the other labels are not read
    assert "Prague" not in seen.words and len(seen.of("img")) < len(Seen(report(study)).of("img"))


def test_report__names_are_text(cache: Path) -> None:
    seen = Seen(report(make_study(cache, labels=(EVIL, "Paris"))))
    assert not seen.of("script")
    assert not any("http" in image["src"] or "onerror" in image for image in seen.of("img"))
    assert seen.words.count(EVIL) >= 2  # as itself: nothing was run, nothing left out


def test_report__has_figures_where_the_truth_is_known(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The maps of the small study say that its pictures were framed as they are.
    monkeypatch.setattr(evidence, "frame_for", lambda *size_and_more: frame_for(64, 48, FrameSpec(48), 8))
    assert "average precision" not in Seen(report(study)).words.lower()
    boxed = make_study(tmp_path / "boxed" / "cache", boxes="[[0, 0, 32, 48]]")
    words = Seen(report(boxed)).words
    assert "a map that knows nothing would get 0.500" in " ".join(words.split())
    assert words.count("Average precision of T") == len(LABELS)


def test_report__lists_what_could_not_be_used(cache: Path) -> None:
    study = make_study(cache, until="dataset")
    rows = [Record("failures", {"picture": f"p{i}", "reason": "is <b>cut</b> short"}) for i in range(60)]
    for name in ("screen", "typicality"):
        writer = study.writer(name)
        for shard in study.shards(stage(name)):
            from tests.pages.conftest import measure  # the maps of the other tests, beside the failures

            found = [*measure(study.inputs_for(stage(name)), shard), *rows] if name == "typicality" else []
            writer.write_shard(shard.number, found)
        writer.finish({})
    words = Seen(report(study)).words
    assert words.count("is <b>cut</b> short") == html.FAILURES_SHOWN
    assert "and 10 more" in words


def test_report__shows_less_of_each_label_rather_than_growing(study: Study) -> None:
    whole = report(study)
    small = report(study, limit=len(whole) // 3)
    assert len(small.encode()) <= len(whole) // 3
    assert all(label in small for label in LABELS)
    assert len(Seen(small).of("img")) < len(Seen(whole).of("img"))
    with pytest.raises(UserError, match="--label"):
        report(study, limit=1000)


def test_report__is_written_whole_or_not_at_all(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "a" / "report.html"
    done = CliRunner().invoke(app, ["report", "demo", "--out", str(out), "--label", "Kyoto"])
    assert done.exit_code == 0, done.output
    before = out.read_text(encoding="utf-8")
    assert before.rstrip().endswith("</html>") and "Kyoto" in before

    def fail(*_: object) -> str:
        raise UserError("The power went out.")

    monkeypatch.setattr(html, "report", fail)
    assert CliRunner().invoke(app, ["report", "demo", "--out", str(out)]).exit_code == 2
    assert out.read_text(encoding="utf-8") == before
    assert [file.name for file in out.parent.iterdir()] == ["report.html"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("none", "--out", "a.html"), 'no study "none"'),
        (("demo", "--out", "a.pdf"), "ending in .html"),
        (("demo", "--out", "a.html", "--label", "Rome"), "Kyoto, Paris, Prague"),
    ],
)
def test_report__what_cannot_be_done_is_said_in_a_sentence(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["report", *words])
    assert result.exit_code == 2 and said in result.stderr and "Traceback" not in result.output
    assert not list(tmp_path.glob("a.*"))


def test_report__of_nothing_says_what_to_run(cache: Path) -> None:
    with pytest.raises(UserError, match="python -m core run demo"):
        report(make_study(cache, until="screen"))

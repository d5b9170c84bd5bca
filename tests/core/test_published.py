"""The paper's studies as presets: what each asks, says, and how it is chosen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import core.__main__  # noqa: F401 (joins all commands to the app)
from core.choosing import asked_of, with_autoencoder
from core.cli import app
from core.config import Settings
from core.errors import UserError
from core.published import BASES, PUBLISHED, TAESD, published
from core.specs import DenoiserSpec, NoiseSpec, StudySpec
from core.store.layout import Layout
from core.study import Study
from tests.pages.conftest import draw


def test_what_the_paper_asks():
    """Prompts, null prompts, sizes, patches and t ranges as in the paper's released code."""
    asked = {one.key: one.applied(StudySpec("label")) for one in PUBLISHED}
    facts = {
        key: (spec.prompt.prompt("X"), spec.prompt.null, spec.frame.size, spec.patches.size)
        for key, spec in asked.items()
    }
    assert facts == {
        "cars": ("A car from the X.", "A car.", 256, 50),
        "faces": ("A face portrait of the X.", "A face portrait", 256, 50),
        "streets": ("A google street view image in X", "A google street view image", 512, 64),
        "scenes": ("Image of X.", "", 512, 64),
        "xray": ("Chest X-Ray with X.", "Chest X-Ray.", 512, 64),
    }
    for key, spec in asked.items():
        noise = spec.typicality.noise
        assert (noise.t_min, noise.t_max) == ((0.0, 1.0) if key == "xray" else (0.1, 0.7))
        assert noise.samples == 100 and spec.clusters.clusters == 32
        assert published(key).asks(spec) and not published(key).asks(StudySpec("label"))
    assert [spec.denoiser.source for spec in asked.values()] == [
        f"diff-mining/{name}" for name in ("cardb", "ftt", "g3", "places", "xray")
    ]


@pytest.mark.parametrize("one", PUBLISHED, ids=lambda one: one.key)
def test_each_says_costs_licence_and_figure(one):
    said = one.sentences()
    assert "UNet passes" in said["Costs"] and "GB" in said["Costs"]
    assert "surveillance, security and military" in said["Licence"]
    assert ("non-commercial" in said["Licence"]) == (one.key == "streets")
    assert said["To reproduce"]
    assert ("16.6%" in said["To reproduce"]) == (one.key == "xray")


def test_a_base_takes_the_text_encoder_that_fits_it(tmp_path):
    layout = Layout(tmp_path)
    sd15 = asked_of(layout, StudySpec("label"), "streets", "sd15").denoiser
    assert sd15 == DenoiserSpec("stable-diffusion-v1-5/stable-diffusion-v1-5", text_encoder="diff-mining/g3")
    sd21 = asked_of(layout, StudySpec("label"), "streets", "sd21").denoiser
    assert sd21 == DenoiserSpec(BASES[1].denoiser.source)
    assert asked_of(layout, StudySpec("label"), denoiser="sd15").denoiser == DenoiserSpec()
    assert asked_of(layout, StudySpec("label"), "cars", "owner/mine").denoiser.source == "owner/mine"
    fast = asked_of(layout, StudySpec("label"), "cars", autoencoder="taesd")
    assert fast.denoiser == DenoiserSpec("diff-mining/cardb", autoencoder=TAESD)
    assert with_autoencoder(fast, None).denoiser == DenoiserSpec("diff-mining/cardb")
    known = StudySpec("label", denoiser=DenoiserSpec("owner/mine", autoencoder=TAESD, fingerprint="0" * 12))
    assert with_autoencoder(known, "taesd") == known


def test_no_such_preset(tmp_path):
    with pytest.raises(UserError, match=r'no preset "ships" \(there is: cars, faces'):
        asked_of(Layout(tmp_path), StudySpec("label"), "ships")


def test_import_with_a_preset__what_is_said_besides_counts_more(tmp_path, monkeypatch):
    monkeypatch.setenv("TYPISCOPE_CACHE", str(tmp_path / "cache"))
    command = ["import", str(draw(tmp_path / "mine")), "--preset", "cars"]
    assert CliRunner().invoke(app, command).exit_code == 0
    study = Study.open("mine", Settings(cache=tmp_path / "cache"))
    assert study.spec == published("cars").applied(StudySpec("place"))
    more = ["--size", "128", "--null", "A thing.", "--denoiser", "sd15", "--autoencoder", "taesd"]
    assert CliRunner().invoke(app, [*command, *more]).exit_code == 0
    spec = Study.open("mine", study.settings).spec
    assert spec.frame.size == 128 and spec.prompt.null == "A thing."
    assert spec.prompt.template == "A car from the {label}."
    assert spec.denoiser == DenoiserSpec(text_encoder="diff-mining/cardb", autoencoder=TAESD)
    assert spec.typicality.noise == NoiseSpec(samples=100)


def test_the_presets_are_listed():
    shown = CliRunner().invoke(app, ["presets"]).output
    for one in PUBLISHED:
        assert f"--preset {one.key}: {one.name}" in shown and one.licence in shown and one.costs in shown
    assert all(f"--denoiser {one.key}" in shown for one in BASES) and "--autoencoder taesd" in shown
    told = json.loads(CliRunner().invoke(app, ["presets", "--json"]).output)
    assert [one["key"] for one in told["presets"]] == [one.key for one in PUBLISHED]


def test_a_preset_on_the_page_fills_prompt_model_and_numbers(tmp_path: Path, monkeypatch):
    from tests.pages.conftest import is_well, make_study, open_page

    monkeypatch.setenv("TYPISCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("pages.parts.demo.prepare", tuple)
    make_study(tmp_path / "cache", until="dataset")
    page = open_page("studies")
    assert is_well(page)
    next(box for box in page.selectbox if box.label.startswith("Ask as")).select("Cars by decade").run()
    assert is_well(page)
    texts = {box.label: box.value for box in page.text_input}
    assert texts["Prompt template"] == "A car from the {label}." and texts["Null prompt"] == "A car."
    assert texts["Folder or hub id"] == "diff-mining/cardb"
    shown = " ".join(element.value for element in [*page.markdown, *page.caption])
    assert "surveillance, security and military use" in shown
    assert "Short side 256 pixels, 100 noise samples a picture, patches of 50 pixels" in shown

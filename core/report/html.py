"""The report: one HTML file that opens from disk, asks nothing of the network, and prints well."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from core import words
from core.errors import UserError
from core.evaluate import evaluate
from core.report.contents import Amount, contents, data_uri
from core.report.findings import Findings
from core.report.heat import ramp
from core.stages import STAGES
from core.store.disk import unwritable_explained, write_bytes
from core.store.reading import reading
from core.study import Study

LIMIT = 15 << 20
"""Bytes of a report at most: what still goes by mail."""

AMOUNTS = (
    Amount(6, 16, 8, 360), Amount(4, 8, 8), Amount(3, 6, 6, 240), Amount(2, 4, 5, 200, 72, 3),
    Amount(1, 3, 4, 160, 56, 1), Amount(0, 2, 3, 0, 40, 0), Amount(0, 0, 0, 0, 0, 0),
)  # fmt: skip
"""From the richest: the more labels, the less is shown of each."""

FAILURES_SHOWN = 50

_HERE = Path(__file__).parent


def report(study: Study, labels: Sequence[str] = (), limit: int = LIMIT) -> str:
    """The report of a study, or of some of its labels, as HTML of at most `limit` bytes.

    Raises:
        UserError: nothing has been measured yet, a label is unknown, or even the barest is too long.
    """
    found = Findings(study)
    chosen = [study.known_label(label) for label in labels] or list(study.labels)
    if not found.measured:
        raise UserError(
            f'Nothing of study "{study.name}" has been measured yet; '
            f"run it first: python -m core run {study.name}"
        )
    truth = _truth(study, chosen)
    frame = _frame(found, chosen, truth)
    for amount in AMOUNTS:
        if amount.bytes * len(chosen) > limit and amount is not AMOUNTS[-1]:
            continue
        page: str = _template().render(**frame, told=contents(found, chosen, amount, truth.get("labels", {})))
        if len(page.encode()) <= limit:
            return page
    raise UserError(
        f"A report of {words.count(len(chosen), 'label')} would be larger than {limit / 2**20:g} MB; "
        "ask for one label with --label."
    )


def save(study: Study, path: Path, labels: Sequence[str] = ()) -> None:
    """Put a report, whole, in place of what is at `path`.

    Raises:
        UserError: the file's name does not end in .html, or it is a folder; or as `report`.
    """
    if path.suffix.lower() not in (".html", ".htm") or path.is_dir():
        raise UserError(f'A report cannot be written to "{path}": name a file ending in .html.')
    content = report(study, labels).encode()
    with unwritable_explained(path):
        write_bytes(path, content)


def _truth(study: Study, labels: Sequence[str]) -> dict[str, Any]:
    """`evaluate`'s figures; empty where the dataset brings nothing to compare with."""
    there = [name for name in ("mask", "boxes") if name in study.finished("dataset").columns("pictures")]
    known = (study.pictures_of(label, (name,))[name].notna().any() for name in there for label in labels)
    return evaluate(study, labels) if any(known) else {}


def _frame(found: Findings, labels: Sequence[str], truth: dict[str, Any]) -> dict[str, Any]:
    """What surrounds the chapters."""
    study, failures = found.study, found.failures()
    one = labels[0] if len(labels) == 1 else ""
    return {
        "title": f"What makes {one} look like {one}?" if one else f"What is typical in {study.name}?",
        "study": study,
        "labels": labels,
        "asked": words.asked(study.spec),
        "stages": [
            _stage(study, row.name, row.meaning)
            for row in STAGES
            if not row.on_demand or study.state(row.name) == "done"
        ],
        "versions": _versions(study),
        "failures": failures.head(FAILURES_SHOWN).to_dict("records"),
        "more_failures": max(0, len(failures) - FAILURES_SHOWN),
        "average_precision": truth.get("average_precision"),
        "chance": truth.get("chance"),
        "ramp": data_uri(ramp(256, 8)),
        "style": (_HERE / "report.css").read_text(encoding="utf-8"),
    }


def _stage(study: Study, name: str, meaning: str) -> dict[str, str]:
    artifact = study.artifact(name)
    if artifact is None:
        return {"name": name, "meaning": meaning, "found": "not done", "when": "", "content": ""}
    facts = reading(artifact, lambda: artifact.manifest)
    counted = ", ".join(f"{rows:,} {table}" for table, rows in facts["counts"].items())
    return {
        "name": name, "meaning": meaning, "found": counted or "nothing to do",
        "when": facts.get("finished", "")[:10], "content": facts["content"],
    }  # fmt: skip


def _versions(study: Study) -> str:
    artifact = study.artifact("typicality")
    versions = reading(artifact, lambda: artifact.manifest).get("versions", {}) if artifact else {}
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _template() -> Any:
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["signed"] = words.signed
    return environment.get_template("report.html")

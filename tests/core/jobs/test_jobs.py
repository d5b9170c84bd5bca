"""Jobs from outside: a real worker process, watched, cancelled, killed."""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path

import pytest

from core.config import Settings
from core.errors import UserError
from core.jobs import asking
from core.jobs.line import Line
from core.study import Study
from core.training import spec_for
from tests.core.jobs.conftest import Workers, state, store, wait_for, watched
from tests.core.tiny import make_study


def test_submit_run__to_its_end(study: Study, workers: Workers) -> None:
    job = asking.submit_run(study)
    assert job.state in ("waiting", "running")
    wait_for(lambda: state(job.id, study.settings) == "done")
    assert {row.state for row in study.status()} == {"done"}
    found = asking.find(job.id, study.settings)
    assert found is not None and found.seconds is not None and found.seconds < 60
    over = {stage.stage: (stage.count, stage.failed) for stage in found.progress.finished}
    assert over["typicality"] == (300, 30)
    said = [line["text"] for line in asking.log(job.id, study.settings)]
    assert "typicality: 300 pictures x 128 UNet passes = 38,400 at most" in said


def test_submit_run__twice_is_one_job(
    study: Study, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINY_SLEEP", "0.02")
    first, second = asking.submit_run(study), asking.submit_run(study)
    assert first.id == second.id
    watched(first, study)
    assert asking.submit_run(study).state == "running"
    assert len(asking.listed(study.settings).jobs) == 1
    assert len(Line(store(study))) == 0
    assert asking.submit_run(study, "typicality").id != first.id
    asking.cancel(first.id, study.settings)


def test_submit_run__of_what_is_done_keeps_its_history(study: Study, workers: Workers) -> None:
    job = asking.submit_run(study)
    wait_for(lambda: state(job.id, study.settings) == "done")
    assert asking.submit_run(study) == asking.find(job.id, study.settings)
    assert asking.submit_run(study).state == "done"


def test_submit_training__of_two_at_once_each_has_a_model_of_its_own(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "start_worker", lambda settings: None)
    usual = spec_for(study, "small")
    first, second, third = (dataclasses.replace(usual, steps=steps) for steps in (10, 20, 30))
    names = []
    for spec in (first, second):
        names.append(asking.free_model_name(study, spec))
        asking.submit_training(study, names[-1], spec)
    assert names == [study.name, f"{study.name}-2"]
    assert [asking.free_model_name(study, spec) for spec in (first, second)] == names
    study.layout.model(study.name).mkdir(parents=True)
    assert asking.free_model_name(study, third) == f"{study.name}-3"


def test_progress__is_seen_from_outside(
    study: Study, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINY_SLEEP", "0.02")
    job = watched(asking.submit_run(study), study, done=20)
    seen = job.progress
    assert seen.total == 300 and seen.failed >= 1
    assert seen.rate is not None and 0 < seen.rate <= 50
    assert seen.left == pytest.approx((300 - seen.done) / seen.rate)
    asking.cancel(job.id, study.settings)


def test_cancel__stops_between_two_pictures_and_goes_on_later(
    study: Study, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINY_SLEEP", "0.02")
    job = watched(asking.submit_run(study), study, done=70)
    asking.cancel(job.id, study.settings)
    wait_for(lambda: state(job.id, study.settings) == "cancelled")
    kept = study.writer("typicality").tally().shards
    assert kept >= 2
    asking.submit_run(study)
    assert watched(job, study).progress.total == 300 - 32 * kept
    asking.cancel(job.id, study.settings)


def test_cancel__of_a_job_that_hangs(study: Study, workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two pictures there may be minutes; what is finished is kept all the same."""
    monkeypatch.setenv("TINY_SLEEP", "120")  # seconds a picture
    job = asking.submit_run(study)
    wait_for(lambda: asking.find(job.id, study.settings).progress.stage == "typicality")  # type: ignore[union-attr]
    asking.cancel(job.id, study.settings)
    wait_for(lambda: state(job.id, study.settings) == "cancelled", patience=60)  # half a picture's time


def test_cancel__of_a_waiting_job(study: Study, workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINY_SLEEP", "0.02")
    first, second = asking.submit_run(study), asking.submit_run(study, "typicality")
    watched(first, study)
    asking.cancel(second.id, study.settings)
    assert state(second.id, study.settings) == "cancelled"
    asking.cancel(first.id, study.settings)
    wait_for(lambda: state(first.id, study.settings) == "cancelled")
    time.sleep(0.5)
    assert state(second.id, study.settings) == "cancelled"


def test_killed_worker__is_interrupted_and_resumes_to_the_same_bytes(
    study: Study, workers: Workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINY_SLEEP", "0.01")
    job = watched(asking.submit_run(study), study, done=100)
    workers.kill()
    assert state(job.id, study.settings) == "interrupted"
    monkeypatch.setenv("TINY_SLEEP", "0")
    again = asking.submit_run(study)
    assert again.id == job.id
    wait_for(lambda: state(job.id, study.settings) == "done")
    other = make_study(tmp_path / "other")
    for name in ("screen", "typicality", "patches", "features", "clusters", "atlas"):
        list(other.run(name))
    assert [row.content for row in study.status()] == [row.content for row in other.status()]


def test_killed_worker__what_waited_is_done_by_the_next(
    study: Study, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINY_SLEEP", "0.02")
    first, second = asking.submit_run(study), asking.submit_run(study, "screen")
    watched(first, study)
    workers.kill()
    assert (state(first.id, study.settings), state(second.id, study.settings)) == ("interrupted", "waiting")
    asking.start_worker(study.settings)
    wait_for(lambda: state(second.id, study.settings) == "done")
    assert state(first.id, study.settings) == "interrupted"


def test_a_job_that_cannot_go_on_says_why(
    study: Study, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINY_FAIL_ALL", "1")
    job = asking.submit_run(study)
    wait_for(lambda: state(job.id, study.settings) == "failed")
    found = asking.find(job.id, study.settings)
    assert found is not None and "most of them so: is cut short" in found.problem


def test_a_fault_of_the_program_is_one_sentence_and_its_traceback_is_in_the_log(
    study: Study, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINY_RAISE", f"{5:016x}")
    job = asking.submit_run(study)
    wait_for(lambda: state(job.id, study.settings) == "failed")
    found = asking.find(job.id, study.settings)
    assert found is not None and "no such thing as 0000000000000005" in found.problem
    assert any("Traceback" in line["text"] for line in asking.log(job.id, study.settings))


def test_a_job_whose_process_is_killed_leaves_the_worker_alive(
    study: Study, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINY_DIE", f"{5:016x}")
    job = asking.submit_run(study)
    wait_for(lambda: state(job.id, study.settings) == "failed")
    found = asking.find(job.id, study.settings)
    assert found is not None and "SIGKILL" in found.problem
    assert workers.started[0].poll() is None and store(study).worker_lives()


def test_one_worker_a_cache(study: Study, workers: Workers) -> None:
    asking.start_worker(study.settings)
    wait_for(lambda: store(study).worker_lives())
    asking.start_worker(study.settings)
    assert len(workers.started) == 1


def test_read_only__refuses_in_one_sentence(study: Study) -> None:
    shown = study.settings.model_copy(update={"read_only": True})
    looked_at = Study.open(study.name, shown)
    for refused in (
        lambda: asking.submit_run(looked_at),
        lambda: asking.cancel("0" * 12, shown),
        looked_at.save,
    ):
        with pytest.raises(UserError, match="only shows"):
            refused()
    assert not study.layout.jobs.exists()


def test_read_only__is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TYPISCOPE_READ_ONLY", "1")
    assert Settings().read_only


def test_a_damaged_record_is_told_of_and_hides_no_other(study: Study, workers: Workers) -> None:
    job = asking.submit_run(study)
    wait_for(lambda: state(job.id, study.settings) == "done")
    for name, content in (("aaa", "{"), ("bbb", json.dumps({"id": "bbb"}))):
        (study.layout.jobs / name).mkdir()
        (study.layout.jobs / name / "job.json").write_text(content)
    listing = asking.listed(study.settings)
    assert [found.id for found in listing.jobs] == [job.id]
    assert len(listing.damaged) == 2 and all("damaged" in sentence for sentence in listing.damaged)


def test_a_damaged_line_is_one_sentence(study: Study) -> None:
    store(study).queue_file.write_bytes(b"no database at all" * 100)
    with pytest.raises(UserError, match="delete that file"):
        asking.submit_run(study)


def test_a_line_entry_nobody_signed_is_not_read(study: Study) -> None:
    line = Line(store(study))
    line.add("a")
    (study.layout.jobs / "key").write_text("another")
    with pytest.raises(UserError, match="cannot be used"):
        Line(store(study)).next()


def test_the_line_holds_ids_and_its_secret_is_its_owners(study: Study) -> None:
    line = Line(store(study))
    line.add("a")
    line.add("b")
    assert (len(line), line.next(), line.next(), line.next()) == (2, "a", "b", None)
    assert (study.layout.jobs / "key").stat().st_mode & 0o077 == 0

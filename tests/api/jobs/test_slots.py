"""Slots: real processes that grade, die and are replaced."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from api.jobs.job_and_outcome import Job
from api.jobs.slots import Slots, StorageDownError
from api.kit.models import RunState
from api.kit.settings import Settings
from api.kit.storage import LocalBlobs
from api.serve import as_environment
from grader.editions.loader import default_edition_id
from grader.sandbox.policy import ALWAYS_NEEDED
from grader.workers.slots import Readiness, RefusedToStartError, SlotError
from tests.api.jobs.running import EXAMPLE, NO_NOTEBOOK, ROOT, until
from tests.api.people import lose
from tests.api.processes import lives

EDITION = default_edition_id()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def opened(store: Path) -> Iterator[tuple[Slots, Readiness]]:
    """Return a slot for all tests of this module, and what it found at its start."""
    slots = slots_of(store)
    yield slots, slots.open()
    slots.close()


@pytest.fixture
def slots(opened: tuple[Slots, Readiness]) -> Slots:
    return opened[0]


def slots_of(store: Path, *, limit_seconds: float = 120.0, **settings: object) -> Slots:
    given = Settings(store=store, **settings)  # type: ignore[arg-type]
    environment = os.environ | as_environment(given) | {"PYTHONPATH": str(ROOT)}
    work = store / "work"
    work.mkdir(exist_ok=True)
    return Slots(1, environment, limit_seconds=limit_seconds, folder=work)


def job_of(store: Path, content: bytes, *, edition: str = EDITION, language: str = "en") -> Job:
    sha256 = LocalBlobs(store / "blobs").put(io.BytesIO(content)).sha256
    return Job(
        run_id="a-1",
        edition=edition,
        student_id="108062999",
        language=language,
        files=(("hw1.ipynb", sha256),),
        attempt=1,
    )


def ignore(_stage: str) -> None:
    pass


def when(stage: str, act: Callable[[], None]) -> Callable[[str], None]:
    """Return a listener that acts once, when that stage begins."""
    acted: list[str] = []

    def hear(heard: str) -> None:
        if heard == stage and not acted:
            acted.append(heard)
            act()

    return hear


def test_the_sandbox_is_proven_before_anything_is_graded(
    opened: tuple[Slots, Readiness],
) -> None:
    """A slot starts only where every layer that others' code needs holds."""
    assert {*opened[1].layers} >= ALWAYS_NEEDED


def test_a_submission_is_graded_with_its_stages_and_feedback(slots: Slots, store: Path) -> None:
    """The example misses the input's scale in its bias: 90 points, results and a PDF."""
    stages: list[str] = []

    outcome = slots.grade(job_of(store, EXAMPLE.read_bytes()), stages.append)

    assert (outcome.state, outcome.score, outcome.max_score) == (RunState.GRADED, 90.0, 100.0)
    assert outcome.findings == ("bias-misses-input-scale",)
    assert sum(points for points, _ in outcome.criteria.values()) == 90.0
    assert stages[-1] == "Report"
    assert {*outcome.stage_seconds} == {stage.partition(":")[0] for stage in stages}
    blobs = LocalBlobs(store / "blobs")
    assert b'"student_id": "108062999"' in blobs.read(outcome.results_sha256 or "")
    assert blobs.read(outcome.pdf_sha256 or "").startswith(b"%PDF")


def test_files_that_cannot_be_graded_are_refused(slots: Slots, store: Path) -> None:
    """A refusal is an outcome, and the slot goes on."""
    before = slots.processes

    outcome = slots.grade(job_of(store, NO_NOTEBOOK), ignore)

    assert outcome.state is RunState.REFUSED
    assert "not a notebook" in outcome.message
    assert slots.processes == before


def test_a_file_that_is_gone_is_our_fault(slots: Slots, store: Path) -> None:
    """A blob that nobody can bring back ends in a run that staff can see."""
    job = job_of(store, b"x = 1")
    lose(LocalBlobs(store / "blobs"), job.files[0][1])

    outcome = slots.grade(job, ignore)

    assert outcome.state is RunState.UNGRADED
    assert "missing from the storage" in outcome.message


def test_an_outage_of_the_storage_is_nobodys_fault(slots: Slots, store: Path) -> None:
    """While blobs cannot be read the job is to be tried again; the slot is not to blame."""
    job, before = job_of(store, NO_NOTEBOOK), slots.processes
    (store / "blobs").rename(store / "away")
    (store / "blobs").touch()

    with pytest.raises(StorageDownError):
        slots.grade(job, ignore)

    (store / "blobs").unlink()
    (store / "away").rename(store / "blobs")
    assert slots.grade(job, ignore).state is RunState.REFUSED
    assert slots.processes == before


@pytest.mark.long
def test_a_slot_is_renewed_after_many_jobs(
    slots: Slots, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a process has not given back goes with it."""
    before = slots.processes
    monkeypatch.setattr("grader.workers.slots.JOBS_OF_A_PROCESS", 1)
    slots.grade(job_of(store, NO_NOTEBOOK), ignore)
    until(lambda: slots.processes not in ([], before), 60.0, "there is another slot")
    monkeypatch.undo()

    assert slots.grade(job_of(store, NO_NOTEBOOK), ignore).state is RunState.REFUSED


@pytest.mark.long
def test_a_slot_that_breaks_is_replaced(slots: Slots, store: Path) -> None:
    """An edition that nobody has is a mistake of ours: the job has no outcome, others have."""
    before = slots.processes

    with pytest.raises(SlotError, match="KeyError"):
        slots.grade(job_of(store, NO_NOTEBOOK, edition="of-another-planet"), ignore)

    assert slots.grade(job_of(store, NO_NOTEBOOK), ignore).state is RunState.REFUSED
    assert slots.processes != before


def test_a_slot_that_is_killed_is_replaced_and_takes_its_sandbox_along(
    slots: Slots, store: Path
) -> None:
    """What graded for a dead slot is gone with it, and the next job finds another slot."""
    [number] = slots.processes
    family = psutil.Process(number).children(recursive=True)
    assert family

    with pytest.raises(SlotError, match="ended"):
        slots.grade(
            job_of(store, EXAMPLE.read_bytes()),
            when("Accuracy", lambda: os.kill(number, signal.SIGKILL)),
        )

    assert slots.grade(job_of(store, NO_NOTEBOOK), ignore).state is RunState.REFUSED
    until(lambda: not any(map(lives, family)), 60.0, "its children are gone")
    assert [*(store / "work").iterdir()] == []


@pytest.mark.long
def test_a_grading_that_takes_too_long_is_ended(store: Path) -> None:
    """After its time a slot is killed, whatever it was doing."""
    slots = slots_of(store, limit_seconds=0.2)
    slots.open()
    [before] = slots.processes

    with pytest.raises(SlotError, match=r"longer than 0\.2 s"):
        slots.grade(job_of(store, EXAMPLE.read_bytes()), ignore)

    until(lambda: slots.processes not in ([], [before]), 60.0, "there is another slot")
    assert not psutil.pid_exists(before)
    slots.close()


@pytest.mark.long
def test_a_slot_refuses_where_its_data_cannot_be_used(store: Path, tmp_path: Path) -> None:
    """The reason names the folder and what to do."""
    slots = slots_of(store, data=tmp_path / "nothing")

    with pytest.raises(RefusedToStartError, match="nothing") as caught:
        slots.open()

    assert caught.value.exit_code == 3
    slots.close()


@pytest.mark.long
def test_who_is_dead_and_buried_is_not_killed_again(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number of a process that has ended may be a stranger's by then."""
    slots = slots_of(store, data=tmp_path / "nothing")
    with pytest.raises(RefusedToStartError):
        slots.open()
    killed: list[int] = []
    monkeypatch.setattr(os, "killpg", lambda number, _signal: killed.append(number))

    slots.close()

    assert killed == []


OWNER = """\
import sys, time
from pathlib import Path
from tests.api.jobs.test_slots import slots_of
slots = slots_of(Path(sys.argv[1]))
slots.open()
print(*slots.processes, flush=True)
time.sleep(600)
"""


@pytest.mark.long
def test_slots_die_with_their_worker(store: Path) -> None:
    """A worker that is killed leaves no process behind, so nothing is graded by the dead."""
    worker = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(store)], stdout=subprocess.PIPE, cwd=ROOT
    )
    assert worker.stdout is not None
    slot = psutil.Process(int(worker.stdout.readline()))
    family = [slot, *slot.children(recursive=True)]
    assert len(family) > 1

    worker.kill()
    worker.wait()

    until(lambda: not any(map(lives, family)), 60.0, "all are gone")

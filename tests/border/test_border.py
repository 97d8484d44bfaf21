"""
Whatever comes out of the sandbox: no stage breaks on it, and none of it takes much memory.

The whole of a grading runs, with the real baseline of the embedded sample; what the worker sends
is a right submission's session in which replies of some kinds are changed, byte by byte or in
what they say.
"""

from __future__ import annotations

import gc
import json
import random
import re
import tracemalloc
from collections.abc import Callable

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader import grading
from grader.model import Grade, Outcome
from grader.results.file.reading import read
from grader.results.file.written import to_json
from grader.sandbox import runner
from grader.sandbox.policy import full
from grader.sandbox.processes import pool
from report_templates.render import render_html
from tests.forgeries import tampering
from tests.forgeries.played_back import (
    KINDS,
    Meta,
    PlaybackPool,
    Record,
    RecordingPool,
    Reply,
    Tamper,
    kind_of,
)
from tests.forgeries.tampering import CHANGES, Change
from tests.grading import RIGHT, cells_of, edition, small_baseline

IMAGES = 200
# What a grading may hold beyond what a right submission's takes, whatever comes back.
MOST_BYTES = 128 << 20
# What a student's code has raised or printed is said in its own words.
QUOTED = re.compile(
    r"he code (raised \w+: |tried something)[^\"]*|\"printed\": {[^}]*}"
    r"|\"exception\": \"[^\"]*\", \"text\": \"[^\"]*\""
)

Grading = Callable[[Tamper], Grade]


@pytest.fixture(scope="module")
def handout(tmp_path_factory: pytest.TempPathFactory) -> grading.Prepared:
    file = tmp_path_factory.mktemp("border") / "hw1_1.py"
    file.write_text("\n\n".join(c.source for c in cells_of(RIGHT) if not c.is_markdown))
    return grading.read(edition(), [file])


@pytest.fixture(scope="module")
def record(handout: grading.Prepared) -> Record:
    """Return the right submission's session in the real sandbox."""
    torch.set_num_threads(1)
    kept = Record()
    real = pool.shared(full())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "shared", lambda _policy: RecordingPool(real, kept))
        assert _graded(handout).points == 100
    return kept


@pytest.fixture(scope="module")
def tampered(handout: grading.Prepared, record: Record) -> Grading:
    """Return the function that grades the recorded session with its replies changed."""

    def grade(tamper: Tamper) -> Grade:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pool, "shared", lambda _policy: PlaybackPool(record, tamper))
            patch.setattr(runner, "can_import", lambda *_asked: True)  # the real one's answer
            return _graded(handout)

    return grade


def _graded(handout: grading.Prepared) -> Grade:
    with grading.open_sandbox(edition(), handout.program) as sandbox:
        return grading.grade(sandbox, edition(), handout, small_baseline(IMAGES), seed=3)


def only(kinds: set[str], change: Change, seed: int, share: float = 1.0) -> Tamper:
    """Return what changes a share of the replies of some kinds, the same ones every time."""
    rng = random.Random(seed)

    def tamper(request: Meta, reply: Reply, number: int) -> Reply | bytes:
        if kind_of(request) not in kinds or rng.random() > share:
            return reply
        return change(rng, reply, request, number)

    return tamper


def assert_whole(grade: Grade) -> None:
    """Every check is judged, nothing of ours broke, and the results can be written and drawn."""
    outcomes = {check.check: check.outcome for score in grade.scores for check in score.checks}
    assert grade.faults == ()
    assert [name for name, outcome in outcomes.items() if outcome is Outcome.PENDING] == []
    results = to_json(grade)
    text = json.dumps(results, ensure_ascii=False, allow_nan=False)
    text.encode()
    assert not {*text} & {"\x1b", "\u202e"}
    said = QUOTED.sub("", text)
    assert "says the staff" not in said  # but as what the student's own code has said


def test_the_recorded_session_is_a_right_one(tampered: Grading) -> None:
    """Played back without a change it earns every point: what a test changes is what it costs."""
    grade = tampered(only(set(), tampering.right, 0))

    assert grade.points == 100
    assert_whole(grade)


changes = st.sampled_from(CHANGES)
kinds = st.one_of(
    st.sampled_from(KINDS).map(lambda kind: {kind}),
    st.sets(st.sampled_from(KINDS), min_size=2, max_size=4),
)


@given(kinds=kinds, change=changes, seed=st.integers(0, 10**6), share=st.sampled_from([1.0, 0.3]))
@example(kinds={"outputs"}, change=tampering.numbers, seed=1, share=1.0)
@example(kinds={"build", "load", "bias"}, change=tampering.values, seed=644, share=1.0)
@example(kinds={"outputs"}, change=tampering.error, seed=0, share=1.0)
@settings(max_examples=16)
def test_no_reply_breaks_a_stage(
    tampered: Grading, kinds: set[str], change: Change, seed: int, share: float
) -> None:
    """Whatever a worker answers, every check passes, fails, errs or is skipped."""
    assert_whole(tampered(only(kinds, change, seed, share)))


@pytest.mark.long
@pytest.mark.timeout(1200)
@given(kinds=kinds, change=changes, seed=st.integers(0, 10**6), share=st.sampled_from([1.0, 0.3]))
@settings(max_examples=200)
def test_no_reply_of_very_many_breaks_a_stage(
    tampered: Grading, kinds: set[str], change: Change, seed: int, share: float
) -> None:
    """The same, and the page that a student reads is drawn of what was found."""
    grade = tampered(only(kinds, change, seed, share))

    assert_whole(grade)
    language = "en" if seed % 2 else "zh_TW"
    render_html(read(to_json(grade)), language=language).encode()


def peak_bytes(work: Callable[[], object]) -> int:
    """Return how many bytes were held at once while *work* ran, beyond those held before."""
    gc.collect()
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture(scope="module")
def usual_bytes(tampered: Grading) -> int:
    """Return what a right submission's grading holds at once."""
    return peak_bytes(lambda: tampered(only(set(), tampering.right, 0)))


@pytest.mark.parametrize("change", [tampering.largest, tampering.announced])
def test_no_reply_takes_much_memory(tampered: Grading, usual_bytes: int, change: Change) -> None:
    """As large as they may be and all kept, or refused by what their headers say."""
    valued = {*KINDS} - {"load", "images"}

    peak = peak_bytes(lambda: assert_whole(tampered(only(valued, change, 0))))

    assert peak <= usual_bytes + MOST_BYTES

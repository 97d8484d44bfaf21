"""What earlier graders wrote, as it is written today; nothing else knows of earlier files."""

from __future__ import annotations

from typing import Any

from grader.editions.loader import edition_ids, load_edition
from grader.editions.notation import Notation
from grader.editions.phrasing import phrases
from grader.results.file.measurements import Data, Stage
from grader.results.file.schema import (
    PENDING,
    SCHEMA,
    Check,
    CriterionTest,
    Extra,
    Finding,
    Results,
    standing_of,
    sum_of,
)

FORMER = "ungraded"  # what was pending was called so, and given its points
_JUDGED = "_judged"
# Files older than the field ``substituted``: all of these count as the reference's.
_SCALING = ("activations", "initial_input", "weights")


def upgraded(results: Results) -> Results:
    """Return results of any earlier version as this version writes them."""
    extra = results.extra_data
    changed: dict[str, Any] = {
        "tests": tuple(_test(test, extra.edition) for test in results.tests),
        "extra_data": extra.model_copy(update=_extra(extra)),
    }
    told = results.model_copy(update=changed)
    return _pending(told) if any(map(_was_pending, results.tests)) else told


def _extra(extra: Extra) -> dict[str, Any]:
    changed: dict[str, Any] = {"version": SCHEMA, "data": _data(extra.data)}
    changed["findings"] = tuple(_finding(found, extra.edition) for found in extra.findings)
    changed["accuracy_stages"] = tuple(map(_stage, extra.accuracy_stages))
    if "substituted" not in extra.model_fields_set:
        judged = any(stage.stage.endswith(_JUDGED) for stage in extra.accuracy_stages)
        changed["substituted"] = _SCALING if judged else ()
    return changed


def _stage(stage: Stage) -> Stage:
    """Return a stage with whose network it is: a float one once counted as the student's."""
    is_float = stage.degradation is None and stage.percent is not None
    return stage.model_copy(update={"source": "course"}) if is_float else stage


def _data(data: Data) -> Data:
    """Return the data with the name of the set alone; it once stood in that of the data."""
    if "set" in data.model_fields_set or "name" not in data.model_fields_set:
        return data
    return data.model_copy(update={"set": data.name, "set_message": data.name_message})


def _finding(finding: Finding, edition_id: str) -> Finding:
    """Return a finding with the symbols and formulas that once stood in its words."""
    if edition_id not in edition_ids():
        return finding
    edition = load_edition(edition_id)
    task = next((task for task in edition.file.tasks if task.id == finding.task), None)
    if task is None:
        return finding
    said = phrases(Notation(edition=edition.file, task=task), finding.id, finding.values)
    return finding.model_copy(update={"values": {**said, **finding.values}}) if said else finding


def _test(test: CriterionTest, edition_id: str) -> CriterionTest:
    extra = test.extra_data
    known: dict[str, Any] = {
        "findings": tuple(_finding(found, edition_id) for found in extra.findings),
        "outcome": extra.outcome or test.status or PENDING,
        "title": extra.title or test.name,
        "reason": extra.reason or test.output,
    }
    changed = {name: value for name, value in known.items() if value != getattr(extra, name)}
    if not changed:
        return test
    return test.model_copy(update={"extra_data": extra.model_copy(update=changed)})


def _was_pending(test: CriterionTest) -> bool:
    return test.extra_data.outcome == FORMER


def _pending(results: Results) -> Results:
    """Return results in which what was ungraded waits for a person, and has earned nothing."""
    tests = tuple(_waiting(test) if _was_pending(test) else test for test in results.tests)
    score = sum_of(test.score for test in tests)
    extra = results.extra_data.model_copy(update=standing_of(tests))
    changed: dict[str, Any] = {
        "tests": tests,
        "score": score,
        "output": f"{score:g} points so far; a person looks at the rest.",
        "extra_data": extra,
    }
    return results.model_copy(update=changed)


def _waiting(test: CriterionTest) -> CriterionTest:
    extra = test.extra_data
    checks = tuple(map(_check, extra.checks))
    waits: dict[str, Any] = {"outcome": PENDING, "checks": checks}
    changed: dict[str, Any] = {
        "score": 0.0,
        "status": None,
        "extra_data": extra.model_copy(update=waits),
    }
    return test.model_copy(update=changed)


def _check(check: Check) -> Check:
    return check.model_copy(update={"outcome": PENDING}) if check.outcome == FORMER else check

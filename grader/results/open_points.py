"""What of a results file waits for a person, and what of it is for staff alone."""

from __future__ import annotations

from grader.results.file.schema import PENDING, Results


def pending_criteria(results: Results) -> tuple[str, ...]:
    """Return the criteria that a results file leaves to people, in its order."""
    tests = (test.extra_data for test in results.tests)
    return tuple(test.criterion for test in tests if test.outcome == PENDING)


def without_faults(results: Results) -> Results:
    """
    Return a results file that may be stored, without what is for staff alone.

    A results file, and all that is drawn from it, may be fetched by its student.
    """
    extra = results.extra_data.model_copy(update={"faults": None, "staff_remarks": None})
    return results.model_copy(update={"extra_data": extra})

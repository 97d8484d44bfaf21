"""Results files for the pages: the report's examples, under the rubric and with code."""

from __future__ import annotations

import copy

from grader.editions.loader import load_edition
from grader.words.message import say
from tests.api.people import EDITION
from tests.report_templates.results_examples import MARKUP, hostile, right, wrong
from tests.report_templates.results_parts import Results, shown

SOURCE = """def quantized_weights(weights: torch.Tensor) -> Tuple[torch.Tensor, float]:
    # the largest magnitude becomes 127
    scale = 63.5 / weights.abs().max().item()
    return (weights * scale).round(), scale
"""
MARKED_LINE = "scale = 63.5 / weights.abs().max().item()"  # line 3, which the findings name


def right_results() -> Results:
    """Return the results of a submission that earned all points."""
    return _under_rubric(right())


def wrong_results() -> Results:
    """Return the results of a submission with several findings."""
    return _under_rubric(wrong())


def hostile_results() -> Results:
    """Return results in which every string that a student can write is an attack."""
    results = _under_rubric(hostile())
    results["extra_data"]["code"]["weights"]["source"] += MARKUP
    return results


def _under_rubric(results: Results) -> Results:
    """Return results with a test for every criterion of the rubric, as its task came out."""
    tests = []
    for criterion in load_edition(EDITION).rubric.criteria:
        like = [one for one in results["tests"] if one["extra_data"]["task"] == criterion.task]
        worst = min(like, key=lambda one: one["score"] / one["max_score"])
        test = copy.deepcopy(worst)
        share = test["score"] / test["max_score"]
        test.update(score=round(share * criterion.points, 2), max_score=criterion.points)
        test["extra_data"].update(criterion=criterion.id, title=str(criterion.title))
        tests.append(test)
    results.update(tests=tests, score=sum(test["score"] for test in tests))
    results["extra_data"]["code"] = {
        "weights": _excerpt("quantized_weights", 12, first_line=1),
        "bias": _excerpt("quantized_bias", 22, first_line=10),
    }
    for finding in results["extra_data"]["findings"]:
        if finding["task"] == "weights":
            finding.update(shown("where", say("where", "cell-line", cell=12, line=3)))
    return results


def _excerpt(name: str, cell: int, *, first_line: int) -> Results:
    place = say("where", "cell", cell=cell)
    title = say("title", "code", name=name, where=place)
    return {
        **shown("title", title),
        **shown("place", place),
        "source": SOURCE,
        "first_line": first_line,
    }

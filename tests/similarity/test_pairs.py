"""Copied solutions are found however they are disguised; independent ones are not."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations

import pytest

from grader.intake.model import Fragment, Program
from grader.similarity.background import usual_answers
from grader.similarity.normal_form import normalize
from grader.similarity.pairs import Pair, find_pairs
from grader.similarity.solutions import Solution, solution_of
from tests.corpus import cases
from tests.grading import program_of
from tests.similarity.disguise import disguise

LABS = ("cs5120-2021", "ee290-2020")
SAME = {"ee290-2020/challenge-in-a-file-that-a-cell-writes"}  # the code of another case, in a file


@pytest.fixture(scope="module")
def programs() -> Mapping[str, Program]:
    """Return the code of the right solutions of two editions of one template."""
    right = [case for lab in LABS for case in cases(lab) if case.is_right and case.id not in SAME]
    return {case.id: program_of(case.cells(), case.edition) for case in right}


@pytest.fixture(scope="module")
def solutions(programs: Mapping[str, Program]) -> list[Solution]:
    return [solution_of(name, program) for name, program in programs.items()]


def disguised(program: Program, seed: int) -> Solution:
    fragments = [replace(f, source=disguise(f.source, seed)) for f in program.fragments]
    return solution_of("copy", replace(program, fragments=tuple(fragments)))


def names(pairs: list[Pair]) -> list[set[str]]:
    return [{pair.one.name, pair.other.name} for pair in pairs]


def form(source: str) -> list[str]:
    modules = frozenset(("np", "torch"))
    return [node.text for node in normalize(ast.parse(source).body, modules)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("total = a * b", "produkt = y*x  # 乘積"),
        ("x = torch.round(x)", "x = x.round()"),
        ("q = np.clip(w, -128, 127)", "q = w.clamp(min=-128, max=127.0)"),
        ("a *= b", "a = a * b"),
        ("s = float(torch.max(torch.abs(w)))", "s = w.abs().max().item()"),
        ("for a in xs:\n  t = t + a", "i = 0\nfor i in range(len(xs)):\n  t += xs[i]"),
        ("def f(x: int) -> int:\n  '''Doc.'''\n  return x / 2", "def g(y):\n  return y / 2.0"),
    ],
)
def test_a_disguise_does_not_change_the_form(one: str, other: str) -> None:
    """Names, spelling, notation and the kind of a loop do not make two pieces differ."""
    assert form(one)[-1] == form(other)[-1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("s = 127 / x.max()", "s = 128 / x.max()"),
        ("s = 127 / a", "s = a / 127"),
        ("s = x.max()", "s = x.min()"),
        ("q = torch.round(x * s)", "q = torch.round(x) * s"),
    ],
)
def test_what_differs_in_meaning_differs_in_form(one: str, other: str) -> None:
    """Another number, order of a quotient, function or grouping is another form."""
    assert form(one) != form(other)


def test_independent_solutions_are_no_pair(solutions: list[Solution]) -> None:
    """No two of the right solutions, written independently, share more than the floor."""
    assert len(solutions) >= 60
    assert names(find_pairs(solutions)) == []


@pytest.fixture(scope="module")
def pairs_with_a_copy(
    programs: Mapping[str, Program], solutions: list[Solution]
) -> dict[str, list[set[str]]]:
    """Return which pairs are found where a disguised copy of each solution is in the class."""
    return {
        name: names(find_pairs([*solutions, disguised(program, seed)]))
        for seed, (name, program) in enumerate(programs.items())
    }


def test_disguised_copies_are_found(pairs_with_a_copy: dict[str, list[set[str]]]) -> None:
    """Of the right solutions, 40 are found again behind a mechanical disguise."""
    found = [name for name, pairs in pairs_with_a_copy.items() if {name, "copy"} in pairs]

    assert len(found) >= 40


def test_a_disguise_points_at_nobody_else(
    pairs_with_a_copy: dict[str, list[set[str]]],
) -> None:
    """A disguised copy is paired with the solution that it was made from, and no other."""
    for name, pairs in pairs_with_a_copy.items():
        assert pairs in ([], [{name, "copy"}])


def test_two_alone_are_told_apart_by_the_usual_answers(
    programs: Mapping[str, Program], solutions: list[Solution]
) -> None:
    """Without a class, most copies are found and no independent solutions are taken for one."""
    usual = usual_answers("cs5120-2021")
    copies = [disguised(program, seed) for seed, program in enumerate(programs.values())]
    found = [
        pair
        for two in zip(solutions, copies, strict=True)
        for pair in find_pairs(two, background=usual)
    ]

    assert len(found) >= 40
    assert not any(find_pairs(two, background=usual) for two in combinations(solutions, 2))


def test_an_earlier_years_solution_is_found(
    programs: Mapping[str, Program], solutions: list[Solution]
) -> None:
    """A copy of last year's solution is found; last year's are not compared with each other."""
    copied = "cs5120-2021/mse-search"
    last_year = [solution_of("last", programs[copied]), solution_of("twin", programs[copied])]
    this_year = [one for one in solutions if one.name != copied]
    pairs = find_pairs([*this_year, disguised(programs[copied], 1)], earlier=last_year)

    assert names(pairs) == [{"copy", "last"}, {"copy", "twin"}]


def test_code_that_is_nested_too_deeply_is_left_out() -> None:
    """One submission that no reader can follow stops no comparison of a class."""
    deep = Fragment(
        source="x = " + "-" * 900 + "y", file="a.py", cell=None, line=1, defines=("x",)
    )
    plain = replace(deep, source="z = 127 / max(abs(v) for v in values)", defines=("z",))

    assert solution_of("deep", Program(fragments=(deep, plain))).features.keys() == (
        solution_of("plain", Program(fragments=(plain,))).features.keys()
    )


def test_what_matches_is_marked_on_both_sides(
    programs: Mapping[str, Program], solutions: list[Solution]
) -> None:
    """Lines of both solutions are marked, and none that only one of them has."""
    copied = "cs5120-2021/mse-search"
    (pair,) = find_pairs([*solutions, disguised(programs[copied], 1)])
    lines = {
        (f.file, f.cell, f.line + i): line
        for f in pair.one.fragments
        for i, line in enumerate(f.source.splitlines())
    }
    marked = [lines[place] for place in pair.marked(pair.one)]

    assert pair.marked(pair.other)
    assert any("argmin" in line or "best" in line for line in marked)
    assert not any(line.lstrip().startswith(("class ", "import ")) for line in marked)

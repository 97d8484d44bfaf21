"""A function longer than a screen says why it is: ``# long: REASON`` right above its ``def``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOPS = ("api", "benchmarks", "grader", "reference", "report_templates", "tests", "tools")
# What students hand in; and steps of the schema's history: generated, and never changed again.
NOT_OURS = ("tests/submissions", "tests/attacks/cases", "api/migrations/versions")
MOST_LINES = 40
MARK = "# long: "


def functions(source: str) -> Iterator[tuple[str, int, bool]]:
    """Yield each function's name, its lines from its ``def`` on, and whether it has a reason."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            above = lines[node.lineno - 2].strip() if node.lineno > 1 else ""
            yield node.name, node.end_lineno - node.lineno + 1, above.startswith(MARK)


def sources() -> Iterator[Path]:
    """Yield the files of ours."""
    for top in TOPS:
        for path in (ROOT / top).rglob("*.py"):
            if not path.relative_to(ROOT).as_posix().startswith(NOT_OURS):
                yield path


def test_a_long_function_gives_its_reason() -> None:
    """Whoever writes a long function says why; a reason goes when its function became short."""
    wrong = [
        f"{path.relative_to(ROOT)}: {name} has {count} lines"
        for path in sources()
        for name, count, has_reason in functions(path.read_text("utf-8"))
        if (count > MOST_LINES) != has_reason
    ]

    assert wrong == []


def test_a_reason_is_looked_for_right_above_the_def() -> None:
    """A reason below the decorators counts, one anywhere else does not."""
    body = "\n".join(["    x = 1"] * MOST_LINES)
    told = f"@cache\n{MARK}data\ndef f():\n{body}\n"
    untold = f"{MARK}data\n@cache\nasync def g():\n{body}\n"

    assert [*functions(told + untold)] == [("f", 41, True), ("g", 41, False)]

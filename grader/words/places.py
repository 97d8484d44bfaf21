"""How a place in a student's files is named."""

from __future__ import annotations

from grader.words.message import Message, Value, named, say


def cell_named(cell: int, counter: int | None) -> Message:
    """Return a cell by its number among the code cells, and Jupyter's where that is another."""
    if counter in {None, cell}:
        return say("where", "cell", cell=cell)
    return say("where", "cell-of-jupyter", cell=cell, counter=counter)


def line_of(file: str, cell: int | None, line: int, counter: int | None) -> Message:
    """Return a line of a cell, or of a script."""
    if cell is None:
        return say("where", "file-line", file=file, line=line)
    if counter in {None, cell}:
        return say("where", "cell-line", cell=cell, line=line)
    return say("where", "cell-line-of-jupyter", cell=cell, counter=counter, line=line)


def probe_name(name: str) -> Value:
    """Return what a probe, or a tensor of the network, is called."""
    return named("where", f"probe {name}", otherwise=named("where", name))

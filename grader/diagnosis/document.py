"""Write ``docs/findings.md`` from the catalogue: ``python -m grader.diagnosis.document``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from grader.diagnosis.catalogue import Catalogue, Entry, load_catalogue
from grader.diagnosis.titles import notation_of
from grader.editions.loader import default_edition_id, edition_ids, load_edition
from grader.editions.phrasing import phrases
from grader.words.catalogue import FINDING_PARTS
from grader.words.message import Message

DOCUMENT = Path(__file__).parents[2] / "docs" / "findings.md"

_HEAD = """# Findings

What the grader says about a mistake that it can name. A finding is a hypothesis that reproduced
the student's numbers on every probe that could have refuted it; where none does, or where the
numbers cannot tell several apart, there is no finding and the check's own reason stands alone.

This file is written by `python -m grader.diagnosis.document` from
`findings.toml` in `grader/words` and in each folder of `grader/tasks`, which also hold every text
in Traditional Chinese. The numbers in the examples are those of one submission. Notation as in the
sheets: n_W, n_I and n_O are the factors of weights, images and a layer's outputs, A their product
in front of a layer's sum. Another edition's findings are in its own symbols, steps included.
"""
_GROUPS = {
    "weights": "Quantized weights",
    "input": "Scale of the input",
    "activations": "Scales of the layers' outputs",
    "forward": "Quantized forward pass",
    "bias": "Quantized bias",
    "parameters": "Exported parameters",
    "fixed": "Scales in fixed point",
}
_ANY = "Any task"
_EXAMPLE = {"question": "4", "function": "quantized_weights"}


def render(catalogue: Catalogue) -> str:
    """Return the document's text."""
    parts = [_HEAD]
    for title in (_ANY, *_GROUPS.values()):
        parts.append(f"## {title}\n")
        parts += [_section(name, entry) for name, entry in _members(catalogue, title)]
    return "\n".join(parts)


def _members(catalogue: Catalogue, title: str) -> Iterator[tuple[str, Entry]]:
    for name, entry in sorted(catalogue.entries.items()):
        if _GROUPS.get(name.partition("-")[0], _ANY) == title:
            yield name, entry


def _section(name: str, entry: Entry) -> str:
    editions = map(load_edition, (default_edition_id(), *edition_ids()))
    notation = notation_of(name, editions)
    assert notation is not None, name  # the example is some edition's
    values = {**_EXAMPLE, **phrases(notation, name), **entry.example}
    codes = (f"finding.{name}.{part}" for part in FINDING_PARTS)
    title, message, hint = (str(Message(code, values)).strip() for code in codes)
    return f"### `{name}`\n\n{title}. Computed: {entry.computed}.\n\n> {message}\n>\n> *{hint}*\n"


if __name__ == "__main__":
    DOCUMENT.write_text(render(load_catalogue()), "utf-8")

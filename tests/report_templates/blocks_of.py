"""The blocks of a document that are of one kind."""

from __future__ import annotations

from typing import Any

from report_templates.page.blocks import Block, Document


def blocks_of(document: Document, kind: type) -> list[Any]:
    """Return a document's blocks of this kind, in their order."""
    found: list[Block] = [block for section in document.sections for block in section.blocks]
    return [block for block in found if isinstance(block, kind)]

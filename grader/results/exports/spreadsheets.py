"""CSV that spreadsheets open: no cell of it is ever run as a formula."""

from __future__ import annotations

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
BYTE_ORDER_MARK = "\ufeff"  # without it Excel takes UTF-8 for the system's encoding


def harmless(cell: object) -> object:
    """Return a cell that no spreadsheet takes for a formula: such text gets a quote in front."""
    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS):
        return f"'{cell}"
    return "" if cell is None else cell

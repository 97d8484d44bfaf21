"""What is wrong with a data set."""

from __future__ import annotations


class DataError(Exception):
    """A data set is missing, or is not what it should be; says where, and what to do."""


class UnreadableImageError(DataError):
    """A file is no image that can be read."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: not a readable image ({reason}); replace or remove it")

"""What a finding is called, by its id alone: a table of a class has no results at hand."""

from __future__ import annotations

from grader.diagnosis.catalogue import load_catalogue


def finding_title(finding_id: str, language: str) -> str:
    """Return the finding's title in the language, its id where the catalogue has none."""
    entry = load_catalogue().entries.get(finding_id)
    return entry.words(language).title if entry else finding_id

"""To find a sentence of the catalogue in what a part of a document says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from grader.results.file.schema import Results
from report_templates.messages import load_messages
from report_templates.parts import find_part
from report_templates.source import Source

Facts = Mapping[str, Any]
# Documents of a class, for staff; nothing in them is about one submission's numbers.
OF_STAFF = ("classroom", "similarity", "similar_reports")
# Said of every document that there is: by what it was written.
OF_ALL = ("cover.made_value",)
# Sentences without a full stop of their own: beginnings, and what stands in another sentence.
CLAUSES = (
    *("discussion.loss", "discussion.gain", "discussion.between", "discussion.wasted_of"),
    *("compared.less", "compared.more", "whose.unanswered", "whose.wrong", "accuracy.empty"),
    *("functions.lead", "functions.how_nearest", "functions.how_floor", "functions.how_truncated"),
)
_GAP = re.compile(r"\{\w+\}")


@dataclass(frozen=True, kw_only=True)
class Case:
    """Facts that bear a sentence out, facts that do not, and what it prints of the first."""

    part: str
    facts: Facts
    others: Facts
    prints: str = ""


def sentences() -> set[str]:
    """Return the keys of all sentences about a submission: what ends with a full stop."""
    found = load_messages("en").sentences.items()
    ended = {key for key, words in found if words.endswith(".") and len(words.split()) > 2}
    return {key for key in {*ended, *CLAUSES} if key.partition(".")[0] not in OF_STAFF}


def source_of(facts: Facts, language: str = "en") -> Source:
    """Return a document's source of facts: fields of ``extra_data``, and ``tests``."""
    extra = {name: value for name, value in facts.items() if name != "tests"}
    results = Results.model_validate({"tests": facts.get("tests", ()), "extra_data": extra})
    return Source(results=results, t=load_messages(language))


def said(part: str, facts: Facts, language: str = "en") -> list[str]:
    """Return every text of a part."""
    made = find_part(part)
    assert made is not None
    found = [text for block in made(source_of(facts, language)) for text in texts(block)]
    return [text.replace("\xa0", " ") for text in found]


def texts(found: object) -> Iterator[str]:
    """Yield all texts in a block, however deep."""
    if isinstance(found, str):
        yield found
    elif is_dataclass(found):
        for one in fields(found):
            yield from texts(getattr(found, one.name))
    elif isinstance(found, tuple):
        for one in found:
            yield from texts(one)


def appears(key: str, words: list[str], language: str = "en") -> bool:
    """Return whether one of *words* is, or holds, the sentence at *key* and none that goes on."""
    sentences = load_messages(language).sentences
    group = key.rpartition(".")[0]
    start = _GAP.split(sentences[key])[0]
    longer = [
        pattern(words_of)
        for name, words_of in sentences.items()
        if start and name.rpartition(".")[0] == group and words_of.startswith(start)
        if len(_GAP.sub("", words_of)) > len(_GAP.sub("", sentences[key]))
    ]
    wanted = pattern(sentences[key])
    return any(
        re.search(wanted, one) and not any(re.search(rival, one) for rival in longer)
        for one in words
    )


def pattern(template: str) -> str:
    """Return the regular expression of what a template makes; Chinese loses blanks at quotes."""
    pieces = (re.escape(piece) for piece in _GAP.split(template.replace("\xa0", " ")))
    return ".+?".join(re.sub(r"^\\ |\\ $", " ?", piece) for piece in pieces)

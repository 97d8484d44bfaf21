"""The OpenAPI document as finished strings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from api.pages.messages import Words
from api.pages.reference.curl import curl_line, schema_of

Json = dict[str, Any]
CODE = re.compile(r"``?([^`]+)``?")


@dataclass(frozen=True, kw_only=True)
class FieldRow:
    """A parameter, or a field of a body."""

    name: str
    where: str
    kind: str
    text: Markup


@dataclass(frozen=True, kw_only=True)
class AnswerRow:
    """An answer that may come."""

    status: str
    text: Markup


@dataclass(frozen=True, kw_only=True)
class OperationCard:
    """One operation."""

    anchor: str
    method: str
    path: str
    title: str
    text: tuple[Markup, ...]  # paragraphs
    curl: str
    fields: tuple[FieldRow, ...]
    answers: tuple[AnswerRow, ...]


@dataclass(frozen=True, kw_only=True)
class Group:
    """Operations about one thing."""

    name: str
    operations: tuple[OperationCard, ...]


@dataclass(frozen=True, kw_only=True)
class ReferencePage:
    """All of the API."""

    title: str
    text: tuple[Markup, ...]
    groups: tuple[Group, ...]
    document: str


def build_reference(document: Json, site: str, address: str, t: Words) -> ReferencePage:
    """Return the page of an OpenAPI *document*, which scripts read at *address*."""
    groups: dict[str, list[OperationCard]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            card = _card(document, site, method, path, t)
            groups.setdefault(operation["tags"][0], []).append(card)
    return ReferencePage(
        title=document["info"]["title"],
        text=_paragraphs(document["info"]["description"]),
        groups=tuple(Group(name=name, operations=tuple(cards)) for name, cards in groups.items()),
        document=address,
    )


def _card(document: Json, site: str, method: str, path: str, t: Words) -> OperationCard:
    operation = document["paths"][path][method]
    return OperationCard(
        anchor=operation["operationId"],
        method=method.upper(),
        path=path,
        title=operation["summary"],
        text=_paragraphs(operation["description"]),
        curl=curl_line(document, site, method, path),
        fields=(*_parameters(operation, t), *_fields(document, operation, t)),
        answers=tuple(
            AnswerRow(status=status, text=_marked(answer["description"]))
            for status, answer in sorted(operation["responses"].items())
        ),
    )


def _parameters(operation: Json, t: Words) -> Iterator[FieldRow]:
    for one in operation.get("parameters", []):
        yield FieldRow(
            name=one["name"],
            where=_where(t(f"reference.in_{one['in']}"), required=one.get("required"), t=t),
            kind=_kind(one["schema"]),
            text=_marked(one.get("description", "")),
        )


def _fields(document: Json, operation: Json, t: Words) -> Iterator[FieldRow]:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        schema = schema_of(document, content)
        for name, field in schema.get("properties", {}).items():
            needed = name in schema.get("required", [])
            yield FieldRow(
                name=name,
                where=_where(t("reference.in_body"), required=needed, t=t),
                kind=_kind(field),
                text=_marked(field.get("description", "")),
            )


def _where(place: str, *, required: object, t: Words) -> str:
    return t("reference.required", place=place) if required else place


def _kind(schema: Json) -> str:
    """Return a schema's type in a word or two."""
    if "anyOf" in schema:
        return " | ".join(_kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if schema.get("type") == "array":
        return f"[{_kind(schema.get('items', {}))}]"
    return str(schema.get("format") or schema.get("const") or schema.get("type", ""))


def _paragraphs(text: str) -> tuple[Markup, ...]:
    return tuple(_marked(" ".join(part.split())) for part in text.strip().split("\n\n"))


def _marked(text: str) -> Markup:
    """Return a sentence of the document's Markdown, of which it has code between backticks."""
    pieces = CODE.split(text)
    code = Markup("<code>{}</code>")
    return Markup().join(
        code.format(piece) if place % 2 else piece for place, piece in enumerate(pieces)
    )

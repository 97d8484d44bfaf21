"""A line for the shell that makes a request of the API."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
JSON, FORM, CSV = "application/json", "multipart/form-data", "text/csv"


def curl_line(document: Json, site: str, method: str, path: str) -> str:
    """
    Return a line of curl for an operation, to be typed as it stands.

    What differs from one request to the next is a variable of the shell: ``$TOKEN`` and those of
    the path, ``$SUBMISSION_ID``.
    """
    operation = document["paths"][path][method]
    words = ["curl", '-H "Authorization: Bearer $TOKEN"']
    if method != "get":
        words.append(f"-X {method.upper()}")
    words += _body(document, operation)
    address = re.sub(r"\{(\w+)\}", lambda found: "$" + found[1].upper(), path)
    words.append(f'"{site}{address}"')
    return " ".join(words)


def variables_of(path: str) -> tuple[str, ...]:
    """Return the variables in an operation's line."""
    return tuple(found.upper() for found in re.findall(r"\{(\w+)\}", path))


def schema_of(document: Json, content: Json) -> Json:
    """Return the schema of a body, looked up where it stands elsewhere."""
    schema: Json = content["schema"]
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Json = document["components"]["schemas"][name] if name else schema
    return found


def _body(document: Json, operation: Json) -> Iterator[str]:
    content = operation.get("requestBody", {}).get("content", {})
    if CSV in content:
        yield f"-H 'Content-Type: {CSV}'"
        yield "--data-binary @roster.csv"
    elif JSON in content:
        yield f"-H 'Content-Type: {JSON}'"
        yield f"-d {shlex.quote(json.dumps(_example(document, content[JSON])))}"
    elif FORM in content:
        schema = schema_of(document, content[FORM])
        for name, field in schema["properties"].items():
            if name in schema.get("required", []) or "example" in field:
                yield f"-F {name}={field.get('example') or _file(field)}"


def _file(field: Json) -> str:
    """Return what a field of files is sent: several are one student's, a single one a class."""
    return "@hw1.ipynb" if field.get("type") == "array" else "@class.zip"


def _example(document: Json, content: Json) -> Any:
    """Return the example of a body, else one made of its fields' examples."""
    schema = schema_of(document, content)
    for place in (content, schema):
        if "example" in place:
            return place["example"]
    fields = schema.get("properties", {})
    return {name: field["examples"][0] for name, field in fields.items() if "examples" in field}

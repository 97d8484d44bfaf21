"""Write ``docs/results.schema.json``: ``python -m grader.results.file.document``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from grader.results.file.schema import SCHEMA, Results

DOCUMENT = Path(__file__).parents[3] / "docs" / "results.schema.json"
_NULL = {"type": "null"}
_HEAD = {
    "$schema": GenerateJsonSchema.schema_dialect,
    "title": f"Results file of the quantization lab's grader, schema {SCHEMA}",
}


class _AsWritten(GenerateJsonSchema):
    """The file as it is written: defaults are for readers of other versions' files."""

    def field_is_required(self, field: Any, total: bool) -> bool:
        return field.get("serialization_exclude_if") is None

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def model_field_schema(self, schema: core_schema.ModelField) -> JsonSchemaValue:
        made = super().model_field_schema(schema)
        if self.field_is_required(schema, total=True) or "anyOf" not in made:
            return made
        one, *more = (kind for kind in made.pop("anyOf") if kind != _NULL)
        return made | ({"anyOf": [one, *more]} if more else one)

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the files that this version writes."""
    return Results.model_json_schema(schema_generator=_AsWritten, mode="serialization") | _HEAD


def render() -> str:
    """Return the document's text."""
    return json.dumps(json_schema(), indent=1) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(render(), "utf-8")

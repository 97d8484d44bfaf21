"""Print the table of settings in docs/operations.md; a test holds that it is the one there."""

from __future__ import annotations

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from api.kit.settings import MEBIBYTE, Settings


def table() -> str:
    """Return a Markdown table of every setting: environment variable, default, meaning."""
    rows = [
        f"| `GRADER_{name.upper()}` | {_default(name, field)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows])


def _default(name: str, field: FieldInfo) -> str:
    value = field.default
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value is None or value == "":
        return ""
    return f"{value // MEBIBYTE} MiB" if name.endswith("_bytes") else f"`{value}`"


if __name__ == "__main__":
    print(table())

"""What every table of an edition's files is."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """A frozen table in which an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

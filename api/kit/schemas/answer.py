"""What every answer shares, and why something was not taken."""

from __future__ import annotations

from pydantic import AliasChoices, BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """What every answer shares: it is made from dataclasses and rows as well."""

    model_config = ConfigDict(from_attributes=True)


class ReasonOut(Answer):
    """Why something was not taken, for whoever wants to say it in words of their own."""

    code: str = Field(examples=["notebook.incomplete"])
    parameters: dict[str, str | int | float] = Field(
        validation_alias=AliasChoices("values", "parameters")  # a message's own name for them
    )

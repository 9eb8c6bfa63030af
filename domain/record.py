"""The one base of everything that flows: frozen, and lenient towards unknown fields."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """An immutable value. Unknown fields are ignored: a roll-back must read its successor."""

    # What could not be read must not stand in an error either: it may be a person's.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

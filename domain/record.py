"""The one base of everything that flows: frozen, and lenient towards unknown fields."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """An immutable value. Unknown fields are ignored: a roll-back must read its successor."""

    model_config = ConfigDict(frozen=True, extra="ignore")

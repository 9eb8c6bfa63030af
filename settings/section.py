"""The base of every part of the settings."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A part of the settings. A misspelt name is an error, not a silent default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

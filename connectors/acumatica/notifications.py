"""Push notifications (form SM302000): how they prove themselves, and what each query means."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from connectors.hints import Hint, HintSource, HintUnreadable, Subject

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_ID = re.compile(r"[!-~]{1,100}")
# Acumatica sets these itself (Integration Development Guide, "Push Notifications").
_TAKEN = frozenset({"accept", "content-type", "content-length", "host"})


class AcumaticaNotifications(BaseModel):
    """How this tenant's push notifications are recognised, and what their queries mean."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path_secret: SecretStr = Field(
        default=SecretStr(""),
        description="The unguessable end of the address, at least 16 characters.",
    )
    header_name: str = Field(
        default="X-Tillbridge-Token", description="Header Name of the destination."
    )
    header_secret: SecretStr = Field(
        default=SecretStr(""), description="Header Value of the destination."
    )
    previous_header_secret: SecretStr = Field(
        default=SecretStr(""), description="The one before, accepted while it is being replaced."
    )
    queries: Mapping[str, Subject] = Field(
        default={},
        description="What each of the definition's queries, by name, is about: stock or prices. "
        "None: no notifications are taken.",
    )
    pause_seconds: float = Field(
        default=60, gt=0, description="How long after a push the next one is asked for, at least."
    )

    @field_validator("header_name")
    @classmethod
    def _free_header(cls, value: str) -> str:
        if not _TOKEN.fullmatch(value) or value.casefold() in _TAKEN:
            raise ValueError(
                "must be a header's name, and none that Acumatica sets itself (Accept, "
                "Content-Type)"
            )
        return value

    @model_validator(mode="after")
    def _provable(self) -> Self:
        secrets = {"path_secret": self.path_secret, "header_secret": self.header_secret}
        missing = [name for name, one in secrets.items() if not one.get_secret_value().strip()]
        if self.queries and missing:
            raise ValueError(f"queries need {' and '.join(missing)}, else anybody could send them")
        return self


class WireNotification(BaseModel):
    """A notification's envelope. What changed is not read: the inquiry tells the numbers.

    Source: Integration Development Guide 2025 R1, "Push Notification Format".
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = Field(alias="Id")
    query: str = Field(alias="Query")


def hint_source(settings: AcumaticaNotifications) -> HintSource | None:
    """Return how the tenant's notifications are recognised and read; None when there are none."""
    if not settings.queries:
        return None
    secrets = (settings.header_secret, settings.previous_header_secret)
    queries = {name.strip(): subject for name, subject in settings.queries.items()}
    return HintSource(
        path_secret=settings.path_secret.get_secret_value(),
        header_name=settings.header_name,
        header_secrets=tuple(filter(None, (one.get_secret_value() for one in secrets))),
        pause_seconds=settings.pause_seconds,
        read=partial(_hint, queries=queries),
    )


def _hint(body: bytes, *, queries: Mapping[str, Subject]) -> Hint:
    try:
        wire = WireNotification.model_validate_json(body)
    except ValidationError as error:
        # The error's own text repeats the input, so only its kind goes on.
        kinds = sorted({fault["type"] for fault in error.errors(include_input=False)})
        raise HintUnreadable(", ".join(kinds)) from None
    if not _ID.fullmatch(wire.id):
        raise HintUnreadable("id_malformed")
    query = wire.query.strip()
    return Hint(id=wire.id, query=query[:200], subject=queries.get(query))

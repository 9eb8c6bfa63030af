"""What an HTTP status of SYSPRO's server means. Nearly every answer is 200 and read elsewhere."""

from datetime import timedelta

import httpx

from connectors.errors import (
    CredentialsRejected,
    OutcomeUnknown,
    OutsideFailure,
    Throttled,
    Unavailable,
    Unsupported,
)
from connectors.transport import Effect

_PAUSE_SECONDS = 30  # where a refusal names no time
_LONGEST_PAUSE_SECONDS = 3600  # whoever asks for more is mistaken


def body_of(response: httpx.Response, operation: str, effect: Effect) -> bytes:
    """Return the body of an answer that e.net itself gave.

    Raises:
        Throttled, CredentialsRejected, Unsupported: somebody in front refused it; not applied.
        OutcomeUnknown: a write may have been applied.
        Unavailable: a read was not answered.
    """
    status = response.status_code
    if status == 200:
        return response.content
    if status == 429:
        raise Throttled(retry_after=retry_after(response), limit="SYSPRO's server")
    if status in (401, 403):
        raise CredentialsRejected(f"SYSPRO's server refuses {operation} with HTTP {status}.")
    if status in (404, 405):
        raise Unsupported(
            f"SYSPRO's server knows no address for {operation} (HTTP {status}).",
            remedy="Check `rest_base_url` and the paths of the profile.",
        )
    if status == 414:
        raise Unsupported(
            f"{operation} is too long for a URL and this build takes it in no other way.",
            remedy="Raise MaxRequestBytes and MaxFieldLength of http.sys on SYSPRO's server.",
        )
    raise unexpected(f"HTTP {status}", operation, effect)


def unexpected(what: str, operation: str, effect: Effect) -> OutsideFailure:
    """Name an answer that is none of SYSPRO's, such as a proxy's page."""
    if effect is Effect.WRITE:
        return OutcomeUnknown(
            f"SYSPRO gave an unexpected answer to {operation} ({what}); it may be applied."
        )
    return Unavailable(f"SYSPRO gave an unexpected answer to {operation} ({what}).")


def retry_after(response: httpx.Response) -> timedelta:
    """Read how long to wait, in seconds."""
    value = response.headers.get("Retry-After", "")
    told = int(value[:9]) if value.isascii() and value.isdigit() else _PAUSE_SECONDS
    return timedelta(seconds=min(told, _LONGEST_PAUSE_SECONDS))

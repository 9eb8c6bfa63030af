"""The unguessable end of an address: that it is one, and whose door it opens."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Protocol, TypeVar

_MIN_PATH_SECRET = 16


class PathSecretWeak(ValueError):
    """The path secret can be guessed; it needs at least 16 characters."""


class Door(Protocol):
    """Something that only those find who know its path secret."""

    @property
    def path_secret(self) -> str:
        """Return the end of its address."""
        ...


_D = TypeVar("_D", bound=Door)


def require_unguessable(path_secret: str, connection: str, what: str) -> None:
    """Accept a path secret.

    Raises:
        PathSecretWeak: it is too short.
    """
    if len(path_secret) < _MIN_PATH_SECRET:
        raise PathSecretWeak(
            f"connection '{connection}': the {what} path secret needs at least"
            f" {_MIN_PATH_SECRET} characters"
        )


def door_at(doors: Mapping[str, _D], connection: str, path_secret: str) -> _D | None:
    """Find the door, taking as long for an unknown connection as for a wrong secret."""
    door = doors.get(connection)
    expected = door.path_secret if door else ""
    matches = hmac.compare_digest(_digest(expected), _digest(path_secret))
    return door if matches else None


def _digest(text: str) -> bytes:
    # Of equal length whatever the text, so that the comparison does not tell the secret's length.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()

"""Proof that a webhook was sent by the store of one connection, and not longer ago than allowed.

Signing follows Standard Webhooks, by its own library. Its `verify` is not used: it has a fixed
tolerance, reads the wall clock, and breaks on odd headers and on bodies that are not UTF-8.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from standardwebhooks import Webhook

from starters.webhooks.events import BodyUnreadable, read_callback

DEFAULT_TOLERANCE = timedelta(minutes=5)  # the Standard Webhooks libraries' own
LEGACY_AGE = timedelta(hours=72)  # BigCommerce retries for 48 hours

_ID = b"webhook-id"
_TIMESTAMP = b"webhook-timestamp"
_SIGNATURE = b"webhook-signature"
_LEGACY = b"x-bc-signature"
_UNIX_SECONDS = re.compile(rb"[1-9][0-9]{0,10}")
_PRINTABLE = re.compile(rb"[\x21-\x7e]{1,256}")

Headers = Iterable[tuple[bytes, bytes]]
"""Headers as ASGI has them: pairs of bytes, in order, repeated ones repeated."""


class How(StrEnum):
    """By which proof a delivery was accepted."""

    STANDARD = "standard-webhooks"
    LEGACY = "x-bc-signature"
    HEADER = "custom-header"


@dataclass(frozen=True)
class Verified:
    """A delivery that is genuine. `webhook_id` is set only when the signature covers it."""

    how: How
    webhook_id: str | None = None


class SignatureInvalid(Exception):
    """A delivery that proves nothing. `reason` is fit for a log: it repeats no secret or header."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class VerifierUnusable(ValueError):
    """The verifier's settings would accept nothing, or everything."""


@dataclass(frozen=True)
class SharedHeader:
    """A secret that the store repeats in a header of our choice with each callback.

    Source: documentation, webhooks, `headers` on create and update.
    """

    name: str
    secrets: Sequence[str] = field(repr=False)  # the current one first, then the previous one


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Verifier:
    """Verifies what comes in for one connection, with its current and its previous secret.

    Without client secrets no signature can be judged: the shared header then decides alone.
    """

    def __init__(
        self,
        client_secrets: Sequence[str],
        *,
        tolerance: timedelta = DEFAULT_TOLERANCE,
        legacy: bool = False,
        shared_header: SharedHeader | None = None,
        require_both: bool = False,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        """Take the client secrets of the API account that owns the hooks, current one first.

        Raises:
            VerifierUnusable: a secret is empty, nothing would be accepted, or both proofs are
                required and one is not set up.
        """
        header_alone = shared_header is not None and not require_both
        if not all(client_secrets) or not (client_secrets or header_alone):
            raise VerifierUnusable("a client secret is needed, and none may be empty")
        if shared_header and not (shared_header.secrets and all(shared_header.secrets)):
            raise VerifierUnusable(f"the secret of header '{shared_header.name}' is empty")
        if require_both and shared_header is None:
            raise VerifierUnusable("both proofs are required, but no header secret is configured")
        self._keys = tuple(secret.encode() for secret in client_secrets)
        # The key is the secret's own bytes; the library insists on un-base64-ing its argument.
        self._signers = tuple(Webhook(base64.b64encode(key).decode()) for key in self._keys)
        self._tolerance = tolerance
        self._legacy = legacy
        self._shared_header = shared_header
        self._require_both = require_both
        self._clock = clock

    def verify(self, headers: Headers, body: bytes) -> Verified:
        """Return how the delivery proved itself; the first proof that is present decides alone.

        Raises:
            SignatureInvalid: no proof, a wrong one, an old one, or one of two required.
        """
        came = _by_name(headers)
        if self._keys and _ID in came and _TIMESTAMP in came and _SIGNATURE in came:
            verified = self._standard(came, body)
        elif self._keys and self._legacy and _LEGACY in came:
            verified = self._from_legacy(came, body)
        elif self._shared_header is not None and not self._require_both:
            self._check_shared_header(came, self._shared_header)
            return Verified(How.HEADER)
        else:
            raise SignatureInvalid("no signature")
        if self._require_both and self._shared_header is not None:
            self._check_shared_header(came, self._shared_header)
        return verified

    def _standard(self, came: dict[bytes, list[bytes]], body: bytes) -> Verified:
        webhook_id = _only(came, _ID)
        stamp = _only(came, _TIMESTAMP)
        tokens = _only(came, _SIGNATURE).split(b" ")
        if not _PRINTABLE.fullmatch(webhook_id):
            raise SignatureInvalid("webhook-id is malformed")
        if not _UNIX_SECONDS.fullmatch(stamp):
            raise SignatureInvalid("webhook-timestamp is malformed")
        sent_at = datetime.fromtimestamp(int(stamp), UTC)
        if abs(self._clock() - sent_at) > self._tolerance:
            raise SignatureInvalid("webhook-timestamp is outside the tolerance")
        try:
            text = body.decode()  # strict, so that encoding it again gives the very same bytes
        except UnicodeDecodeError:
            raise SignatureInvalid("the body is not UTF-8") from None
        name = webhook_id.decode("ascii")
        signatures = [signer.sign(name, sent_at, text).encode() for signer in self._signers]
        # Compared whole, `v1,` included: other versions and malformed tokens simply do not match.
        if not _any_equal(signatures, tokens):
            raise SignatureInvalid("webhook-signature does not match")
        return Verified(How.STANDARD, name)

    def _from_legacy(self, came: dict[bytes, list[bytes]], body: bytes) -> Verified:
        token = _only(came, _LEGACY)
        digests = [hmac.digest(key, body, hashlib.sha256) for key in self._keys]
        accepted = [digest.hex().encode() for digest in digests]
        accepted += [base64.b64encode(digest) for digest in digests]
        if not _any_equal(accepted, [token]):
            raise SignatureInvalid("x-bc-signature does not match")
        try:
            created_at = read_callback(body).created_at
        except BodyUnreadable:
            created_at = None
        if created_at is None:
            raise SignatureInvalid("x-bc-signature needs created_at in the body")
        age = self._clock() - datetime.fromtimestamp(created_at, UTC)
        if not -self._tolerance <= age <= LEGACY_AGE:
            raise SignatureInvalid("created_at is outside the 72 hours allowed")
        return Verified(How.LEGACY)

    def _check_shared_header(self, came: dict[bytes, list[bytes]], header: SharedHeader) -> None:
        name = header.name.lower().encode()
        if name not in came:
            raise SignatureInvalid("no signature, or the agreed header is missing")
        secrets = [secret.encode() for secret in header.secrets]
        if not _any_equal(secrets, [_only(came, name)]):
            raise SignatureInvalid("the agreed header does not match")


def _by_name(headers: Headers) -> dict[bytes, list[bytes]]:
    came: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        came.setdefault(name.lower(), []).append(value)
    return came


def _only(came: dict[bytes, list[bytes]], name: bytes) -> bytes:
    values = came[name]
    if len(values) != 1:
        # Which of them a proxy in front of us looked at is anybody's guess.
        raise SignatureInvalid(f"{name.decode('ascii')} came {len(values)} times")
    return values[0]


def _any_equal(accepted: Sequence[bytes], presented: Sequence[bytes]) -> bool:
    return any(hmac.compare_digest(one, token) for token in presented for one in accepted)

"""AES-256-GCM keys by id: the first encrypts, all decrypt; so a key is replaced in service."""

import base64
import hmac
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12
_KEY_BYTES = 32


class KeyUnknown(Exception):
    """Something is encrypted with a key that this process was not given, or was tampered with."""


class KeysInvalid(ValueError):
    """The configured keys cannot be used; the message says how they must look."""


class Keyring:
    """Encrypts with the current key, decrypts with any. Bytes in, bytes out."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        """Take keys by id, 32 bytes each; the first one is the current key."""
        if not keys:
            raise KeysInvalid("at least one key is needed; `tillbridge secrets new-key` makes one")
        for key_id, key in keys.items():
            if len(key) != _KEY_BYTES:
                raise KeysInvalid(f"key '{key_id}' has {len(key)} bytes; it must have {_KEY_BYTES}")
        self._keys = dict(keys)
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self.current = next(iter(keys))

    @classmethod
    def parse(cls, text: str) -> "Keyring":
        """Read `id:base64[,id:base64...]`, newest first, as it stands in the environment.

        Raises:
            KeysInvalid: the text has another form. It never repeats the text.
        """
        keys: dict[str, bytes] = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            key_id, separator, encoded = part.partition(":")
            try:
                key = base64.b64decode(encoded, validate=True)
            except ValueError:
                separator = ""
                key = b""
            if not separator or not key_id:
                raise KeysInvalid("keys are written id:base64, several separated by commas")
            if key_id in keys:
                raise KeysInvalid(f"key id '{key_id}' occurs twice; every key needs its own")
            keys[key_id] = key
        return cls(keys)

    @staticmethod
    def new_key(key_id: str) -> str:
        """Make a key, in the form that `parse` reads."""
        return f"{key_id}:{base64.b64encode(os.urandom(_KEY_BYTES)).decode()}"

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the ids of the keys in the ring, the current one first."""
        return tuple(self._keys)

    def keyed_hash(self, text: str, *, context: bytes) -> str:
        """Return `id:HEX`, by which only somebody with the current key can recognise the text.

        The key of the hash is derived, so that it is never the one that encrypts.
        """
        own = hmac.digest(self._keys[self.current], b"keyed-hash\x00" + context, "sha256")
        return f"{self.current}:{hmac.digest(own, text.encode(), 'sha256').hex()}"

    def encrypt(self, plain: bytes, *, context: bytes = b"") -> tuple[str, bytes]:
        """Return the key's id and nonce + ciphertext, bound to the context."""
        nonce = os.urandom(_NONCE_BYTES)
        bound = self._bound(self.current, context)
        return self.current, nonce + self._ciphers[self.current].encrypt(nonce, plain, bound)

    def decrypt(self, key_id: str, sealed: bytes, *, context: bytes = b"") -> bytes:
        """Undo `encrypt`.

        Raises:
            KeyUnknown: the key is not in the ring, or the text was altered or moved elsewhere.
        """
        if key_id not in self._ciphers:
            raise KeyUnknown(f"encrypted with key '{key_id}', which was not given to this process")
        nonce, ciphertext = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._ciphers[key_id].decrypt(nonce, ciphertext, self._bound(key_id, context))
        except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce
            raise KeyUnknown(f"key '{key_id}' does not open this; wrong key or altered") from None

    @staticmethod
    def _bound(key_id: str, context: bytes) -> bytes:
        return key_id.encode() + b"\x00" + context

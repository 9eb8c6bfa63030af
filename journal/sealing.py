"""Encrypted columns: a text sealed for one row, useless when moved to another."""

import hashlib

from settings.keyring import Keyring


def digest_of(text: str) -> str:
    """Return the SHA-256 of a text, under which a snapshot is kept."""
    return hashlib.sha256(text.encode()).hexdigest()


def context(table: str, *row: str) -> bytes:
    """Name the one row that a sealed text belongs to."""
    return "\x00".join((table, *row)).encode()


class Seal:
    """Seals and opens texts of one table with the journal's keys."""

    def __init__(self, keyring: Keyring, table: str) -> None:
        self._keyring = keyring
        self._table = table

    @property
    def current(self) -> str:
        """Return the id of the key that seals now."""
        return self._keyring.current

    def close(self, plain: str, *row: str) -> dict[str, object]:
        """Return the columns `key_id` and `sealed` of that row."""
        key_id, sealed = self._keyring.encrypt(plain.encode(), context=context(self._table, *row))
        return {"key_id": key_id, "sealed": sealed}

    def open(self, key_id: str, sealed: bytes, *row: str) -> str:
        """Return the text.

        Raises:
            KeyUnknown: the key was not given to this process, or the row was tampered with.
        """
        bound = context(self._table, *row)
        return self._keyring.decrypt(key_id, bytes(sealed), context=bound).decode()

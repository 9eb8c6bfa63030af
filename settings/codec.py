"""Encrypts what Temporal stores of us: payloads, and the messages and traces of failures."""

import dataclasses
from collections.abc import Sequence

from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import (
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    PayloadCodec,
)

from settings.keyring import Keyring, KeyUnknown

ENCODING = b"binary/encrypted"
_ENCODING = "encoding"
_KEY_ID = "encryption-key-id"
# Something sealed for another purpose with the same key does not open as a payload.
_CONTEXT = b"temporal-payload"
_NONCE_AND_TAG_BYTES = 12 + 16


class PayloadEncryption(PayloadCodec):
    """AES-256-GCM over whole payloads, their metadata included.

    Not encrypted, because Temporal reads them: ids, types, task queues, search attributes, memo
    keys, headers and `ApplicationError.type`. No personal data may stand in any of these.
    """

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypt each payload with the current key."""
        return [self._sealed(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypt what we encrypted; anything else passes through as it is.

        Raises:
            KeyUnknown: encrypted with a key that is not in the ring, or altered since.
        """
        return [self._opened(payload) for payload in payloads]

    def _sealed(self, payload: Payload) -> Payload:
        key_id, sealed = self._keyring.encrypt(payload.SerializeToString(), context=_CONTEXT)
        return Payload(metadata={_ENCODING: ENCODING, _KEY_ID: key_id.encode()}, data=sealed)

    def _opened(self, payload: Payload) -> Payload:
        if payload.metadata.get(_ENCODING) != ENCODING:
            return payload
        key_id = payload.metadata.get(_KEY_ID, b"").decode("utf-8", "replace")
        if not key_id:
            raise KeyUnknown("a payload is encrypted, but does not name its key")
        if len(payload.data) < _NONCE_AND_TAG_BYTES:
            raise KeyUnknown(f"a payload encrypted with key '{key_id}' was cut short")
        return Payload.FromString(self._keyring.decrypt(key_id, payload.data, context=_CONTEXT))


def data_converter(keyring: Keyring | None) -> DataConverter:
    """Return the one converter of clients and workers; without keys nothing is encrypted."""
    if keyring is None:
        return pydantic_data_converter
    return dataclasses.replace(
        pydantic_data_converter,
        payload_codec=PayloadEncryption(keyring),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )

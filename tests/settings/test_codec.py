from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ApplicationError

from domain.order import OrderKey
from settings.codec import PayloadEncryption, data_converter
from settings.keyring import Keyring, KeyUnknown

MARKER = "jane@example.com"
OLD, NEW = Keyring({"old": b"o" * 32}), Keyring({"new": b"n" * 32})
BOTH = Keyring({"new": b"n" * 32, "old": b"o" * 32})


async def sealed(ring: Keyring = NEW, text: bytes = MARKER.encode()) -> Payload:
    plain = Payload(metadata={"encoding": b"json/plain"}, data=text)
    [payload] = await PayloadEncryption(ring).encode([plain])
    return payload


async def test_a_payload_is_unreadable_and_names_its_key() -> None:
    payload = await sealed()
    assert MARKER.encode() not in payload.SerializeToString()
    assert dict(payload.metadata) == {
        "encoding": b"binary/encrypted",
        "encryption-key-id": b"new",
    }


@given(data=st.binary(), metadata=st.dictionaries(st.text(max_size=9), st.binary(max_size=9)))
async def test_any_payload_comes_back_with_its_metadata(
    data: bytes, metadata: dict[str, bytes]
) -> None:
    codec = PayloadEncryption(NEW)
    plain = [Payload(metadata=metadata, data=data), Payload()]
    assert await codec.decode(await codec.encode(plain)) == plain


async def test_the_payloads_given_are_not_changed() -> None:
    plain = Payload(metadata={"encoding": b"json/plain"}, data=b"1")
    await PayloadEncryption(NEW).encode([plain])
    assert plain == Payload(metadata={"encoding": b"json/plain"}, data=b"1")


async def test_after_a_rotation_old_payloads_are_still_read() -> None:
    [opened] = await PayloadEncryption(BOTH).decode([await sealed(OLD)])
    assert opened.data == MARKER.encode()


async def test_what_is_not_ours_passes_through() -> None:
    plain = Payload(metadata={"encoding": b"json/plain"}, data=b"1")
    assert await PayloadEncryption(NEW).decode([plain, Payload()]) == [plain, Payload()]


async def test_a_payload_of_an_unknown_key_is_refused_by_the_keys_name() -> None:
    with pytest.raises(KeyUnknown, match="'old'"):
        await PayloadEncryption(NEW).decode([await sealed(OLD)])


async def test_a_payload_cannot_be_passed_off_under_another_key_id() -> None:
    payload = await sealed(NEW)
    payload.metadata["encryption-key-id"] = b"old"
    with pytest.raises(KeyUnknown):
        await PayloadEncryption(BOTH).decode([payload])


@pytest.mark.parametrize("kept", [0, 1, 11, 12, 27, 40])
async def test_a_payload_cut_short_is_refused(kept: int) -> None:
    payload = await sealed()
    payload.data = payload.data[:kept]
    with pytest.raises(KeyUnknown):
        await PayloadEncryption(NEW).decode([payload])


@pytest.mark.parametrize("key_id", [b"", b"\xff\xfe"])
async def test_a_payload_without_a_usable_key_id_is_refused(key_id: bytes) -> None:
    payload = await sealed()
    payload.metadata["encryption-key-id"] = key_id
    with pytest.raises(KeyUnknown):
        await PayloadEncryption(NEW).decode([payload])


async def test_a_secret_of_the_journal_does_not_open_as_a_payload() -> None:
    key_id, secret = NEW.encrypt(b"password", context=b"journal")
    metadata = {"encoding": b"binary/encrypted", "encryption-key-id": key_id.encode()}
    with pytest.raises(KeyUnknown):
        await PayloadEncryption(NEW).decode([Payload(metadata=metadata, data=secret)])


async def test_records_survive_the_converter_both_ways() -> None:
    converter = data_converter(NEW)
    order = OrderKey(connection="main", order_id="250")
    payloads = await converter.encode([order])
    assert b"250" not in payloads[0].SerializeToString()
    assert await converter.decode(payloads, [OrderKey]) == [order]


async def test_the_message_and_trace_of_a_failure_are_encrypted_too() -> None:
    converter, failure = data_converter(NEW), Failure()
    await converter.encode_failure(_raised(MARKER), failure)
    assert MARKER.encode() not in failure.SerializeToString()
    assert MARKER in str(await converter.decode_failure(failure))


def _raised(text: str) -> Any:
    try:
        raise ApplicationError(text)
    except ApplicationError as error:
        return error


def test_without_keys_nothing_is_encrypted() -> None:
    assert data_converter(None) is pydantic_data_converter

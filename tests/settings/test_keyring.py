import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings.keyring import Keyring, KeysInvalid, KeyUnknown

OLD, NEW = b"o" * 32, b"n" * 32


@given(plain=st.binary(max_size=200), context=st.binary(max_size=20))
def test_what_is_encrypted_opens_again_in_the_same_context(plain: bytes, context: bytes) -> None:
    ring = Keyring({"new": NEW})
    key_id, sealed = ring.encrypt(plain, context=context)
    assert ring.decrypt(key_id, sealed, context=context) == plain


def test_the_first_key_encrypts_and_all_decrypt() -> None:
    key_id, sealed = Keyring({"old": OLD}).encrypt(b"x")
    rotated = Keyring({"new": NEW, "old": OLD})
    assert rotated.current == "new"
    assert rotated.encrypt(b"x")[0] == "new"
    assert rotated.decrypt(key_id, sealed) == b"x"


def test_the_same_text_never_encrypts_to_the_same_bytes() -> None:
    ring = Keyring({"new": NEW})
    assert len({ring.encrypt(b"x")[1] for _ in range(100)}) == 100


def test_a_key_that_was_not_given_is_named() -> None:
    key_id, sealed = Keyring({"old": OLD}).encrypt(b"x")
    with pytest.raises(KeyUnknown, match="'old'"):
        Keyring({"new": NEW}).decrypt(key_id, sealed)


def test_what_was_sealed_for_another_purpose_does_not_open() -> None:
    ring = Keyring({"new": NEW})
    key_id, sealed = ring.encrypt(b"x", context=b"session")
    with pytest.raises(KeyUnknown):
        ring.decrypt(key_id, sealed, context=b"secret")


def test_the_key_id_is_bound_even_when_two_ids_share_a_key() -> None:
    ring = Keyring({"a": NEW, "b": NEW})
    _, sealed = ring.encrypt(b"x")
    with pytest.raises(KeyUnknown):
        ring.decrypt("b", sealed)


@given(position=st.integers(0, 12 + 1 + 16 - 1), flip=st.integers(1, 255))
def test_a_change_in_any_byte_is_noticed(position: int, flip: int) -> None:
    ring = Keyring({"new": NEW})
    key_id, sealed = ring.encrypt(b"x")
    altered = bytearray(sealed)
    altered[position] ^= flip
    with pytest.raises(KeyUnknown):
        ring.decrypt(key_id, bytes(altered))


@pytest.mark.parametrize("kept", [12, 20, 27])
def test_a_text_cut_short_does_not_open(kept: int) -> None:
    ring = Keyring({"new": NEW})
    key_id, sealed = ring.encrypt(b"")
    with pytest.raises(KeyUnknown):
        ring.decrypt(key_id, sealed[:kept])


def test_a_made_key_can_be_read_back_and_used() -> None:
    ring = Keyring.parse(f" {Keyring.new_key('2026-11')}, {Keyring.new_key('2026-05')} ,")
    assert ring.current == "2026-11"
    assert ring.decrypt(*ring.encrypt(b"x")) == b"x"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(",", id="only a comma"),
        pytest.param("no-colon", id="no colon"),
        pytest.param(":" + base64.b64encode(NEW).decode(), id="no id"),
        pytest.param("k:not base64!", id="not base64"),
        pytest.param("k:größe", id="not ASCII"),
        pytest.param("k:" + base64.b64encode(b"short-secret").decode(), id="too short"),
    ],
)
def test_keys_of_another_form_are_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(KeysInvalid) as refused:
        Keyring.parse(text)
    for part in text.split(":")[1:]:
        assert part not in str(refused.value)

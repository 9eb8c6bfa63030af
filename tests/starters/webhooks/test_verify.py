import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from sandbox.bigcommerce.signing import Signing, signature_headers
from starters.webhooks.verify import (
    How,
    SharedHeader,
    SignatureInvalid,
    Verified,
    Verifier,
    VerifierUnusable,
)

SECRET = "s3cr3t_client_secret_for_tests"
ID = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"
SENT_AT = datetime.fromtimestamp(1674087231, UTC)
CREATED_AT = datetime.fromtimestamp(1561479335, UTC)
BODY = (
    b'{"scope":"store/order/created","store_id":"1025646","data":{"type":"order","id":250},'
    b'"hash":"dd70c0976e06b67aaf671e73f49dcb79230ebf9d","created_at":1561479335,'
    b'"producer":"stores/abc123"}'
)
SIGNATURE = b"v1,mEiC8gwmlbip8y2B2Qej1qFB03Qlylr5jgeLv+4NYXA="
LEGACY_HEX = b"cc44d4ae7b54e061f9c04f4223543d1753c9f38a75b308ce282e424c48109d2c"
LEGACY_BASE64 = b"zETUrntU4GH5wE9CI1Q9F1PJ84p1swjOKC5CTEgQnSw="
TOKEN = SharedHeader("X-Sync-Token", ["current-token", "previous-token"])


def standard(**changed: bytes | None) -> list[tuple[bytes, bytes]]:
    """The test vector's headers; keyword arguments replace one, None strips it."""
    headers = {"id": ID.encode(), "timestamp": b"1674087231", "signature": SIGNATURE} | changed
    return [(f"webhook-{k}".encode(), v) for k, v in headers.items() if v is not None]


def verifier(secrets: Any = (SECRET,), *, now: datetime = SENT_AT, **settings: Any) -> Verifier:
    return Verifier(secrets, clock=lambda: now, **settings)


def reason(of: Verifier, headers: list[tuple[bytes, bytes]], body: bytes = BODY) -> str:
    with pytest.raises(SignatureInvalid) as refused:
        of.verify(headers, body)
    return refused.value.reason


def test_the_published_vector_is_accepted() -> None:
    assert verifier().verify(standard(), BODY) == Verified(How.STANDARD, ID)


def test_header_names_are_read_in_any_case() -> None:
    headers = [(name.upper(), value) for name, value in standard()]
    assert verifier().verify(headers, BODY).how is How.STANDARD


@given(
    secret=st.text(min_size=1).filter(lambda s: s.isprintable()),
    text=st.text(st.characters(codec="utf-8")),
)
def test_whatever_the_standard_library_signs_is_accepted(secret: str, text: str) -> None:
    key = base64.b64encode(secret.encode()).decode()
    signature = Webhook(key).sign(ID, SENT_AT, text).encode()
    verifier([secret]).verify(standard(signature=signature), text.encode())


@pytest.mark.parametrize("signing", [Signing.STANDARD, Signing.LEGACY])
def test_what_the_stand_in_signs_by_its_own_code_is_accepted(signing: Signing) -> None:
    stamp = int(CREATED_AT.timestamp())
    headers = signature_headers(signing, "größe", ID, stamp, BODY)
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    verifier(["größe"], now=CREATED_AT, legacy=True).verify(raw, BODY)


def test_a_secret_that_looks_like_the_librarys_own_format_is_used_as_its_plain_bytes() -> None:
    digest = hmac.digest(b"whsec_abcd", f"{ID}.1674087231.".encode() + BODY, hashlib.sha256)
    signature = b"v1," + base64.b64encode(digest)
    assert verifier(["whsec_abcd"]).verify(standard(signature=signature), BODY).webhook_id == ID


@given(position=st.integers(0, len(BODY) - 1), flip=st.integers(1, 255))
def test_a_body_changed_in_any_byte_is_refused(position: int, flip: int) -> None:
    changed = bytearray(BODY)
    changed[position] ^= flip
    reason(verifier(), standard(), bytes(changed))


@given(
    values=st.tuples(st.binary(max_size=80), st.binary(max_size=80), st.binary(max_size=80)),
    body=st.binary(max_size=80),
)
def test_no_headers_however_odd_cause_anything_but_a_refusal(
    values: tuple[bytes, bytes, bytes], body: bytes
) -> None:
    webhook_id, timestamp, signature = values
    headers = standard(id=webhook_id, timestamp=timestamp, signature=signature)
    reason(verifier(legacy=True), [*headers, (b"x-bc-signature", signature)], body)


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(SIGNATURE[:-1], id="truncated"),
        pytest.param(SIGNATURE[:20], id="cut in half"),
        pytest.param(b"", id="empty"),
        pytest.param(b"v1,", id="version only"),
        pytest.param(b"v1", id="no comma"),
        pytest.param(SIGNATURE[3:], id="no version"),
        pytest.param(b"v2" + SIGNATURE[2:], id="other version"),
        pytest.param(b"v1a" + SIGNATURE[2:], id="asymmetric version"),
        pytest.param(SIGNATURE + b"," + SIGNATURE, id="joined by a comma"),
        pytest.param(b"v1,\xe2\x82\xac\xff", id="not ASCII"),
        pytest.param(b"v1,====", id="not base64"),
        pytest.param(LEGACY_HEX, id="another scheme's"),
    ],
)
def test_a_signature_that_is_not_exactly_right_is_refused(signature: bytes) -> None:
    assert reason(verifier(), standard(signature=signature)) == "webhook-signature does not match"


def test_one_right_signature_among_several_is_enough() -> None:
    several = b"v1a,AAAA  v1,BBBB x " + SIGNATURE + b" v2,CCCC"
    assert verifier().verify(standard(signature=several), BODY).how is How.STANDARD


@pytest.mark.parametrize("name", ["id", "timestamp", "signature"])
def test_a_header_that_came_twice_is_refused(name: str) -> None:
    headers = standard()
    headers += [pair for pair in headers if pair[0] == f"webhook-{name}".encode()]
    assert reason(verifier(), headers) == f"webhook-{name} came 2 times"


@pytest.mark.parametrize("name", ["id", "timestamp", "signature"])
def test_a_stripped_header_leaves_no_signature(name: str) -> None:
    assert reason(verifier(), standard(**{name: None})) == "no signature"


@pytest.mark.parametrize(
    "stamp",
    [b"", b"nan", b"-1", b"0", b"1674087231.0", b" 1674087231", b"01674087231", b"9" * 40,
     b"1e9", "१६७४०८७२३१".encode(), b"\xff"],
)  # fmt: skip
def test_a_timestamp_that_is_not_plain_unix_seconds_is_refused(stamp: bytes) -> None:
    assert reason(verifier(), standard(timestamp=stamp)) == "webhook-timestamp is malformed"


@pytest.mark.parametrize("webhook_id", [b"", b"\xc3\xa9", b"two words", b"x" * 257, b"a\tb"])
def test_an_id_that_is_not_printable_ascii_is_refused(webhook_id: bytes) -> None:
    assert reason(verifier(), standard(id=webhook_id)) == "webhook-id is malformed"


@pytest.mark.parametrize("late", [timedelta(minutes=5), timedelta(minutes=-5)])
def test_a_delivery_at_the_edge_of_the_tolerance_is_accepted(late: timedelta) -> None:
    verifier(now=SENT_AT + late).verify(standard(), BODY)


@pytest.mark.parametrize("late", [timedelta(seconds=301), timedelta(seconds=-301)])
def test_a_replay_outside_the_tolerance_is_refused(late: timedelta) -> None:
    stale = reason(verifier(now=SENT_AT + late), standard())
    assert stale == "webhook-timestamp is outside the tolerance"


def test_the_tolerance_is_configurable() -> None:
    lenient = verifier(now=SENT_AT + timedelta(hours=1), tolerance=timedelta(hours=2))
    lenient.verify(standard(), BODY)
    strict = verifier(now=SENT_AT + timedelta(seconds=6), tolerance=timedelta(seconds=5))
    reason(strict, standard())


def test_the_previous_secret_is_accepted_while_it_is_configured() -> None:
    verifier(["new", SECRET]).verify(standard(), BODY)


def test_a_secret_is_refused_once_it_has_been_rotated_out() -> None:
    assert reason(verifier(["newest", "new"]), standard()) == "webhook-signature does not match"


def test_a_body_that_is_not_utf8_is_refused() -> None:
    assert reason(verifier(), standard(), b"\xff\xfe") == "the body is not UTF-8"


@pytest.mark.parametrize("token", [LEGACY_HEX, LEGACY_BASE64], ids=["hex", "base64"])
def test_the_legacy_signature_is_accepted_only_where_enabled(token: bytes) -> None:
    headers = [(b"x-bc-signature", token)]
    assert verifier(now=CREATED_AT, legacy=True).verify(headers, BODY) == Verified(How.LEGACY)
    assert reason(verifier(now=CREATED_AT), headers) == "no signature"


def test_the_legacy_signature_takes_the_previous_secret_too() -> None:
    rotated = verifier(["new", SECRET], now=CREATED_AT, legacy=True)
    rotated.verify([(b"x-bc-signature", LEGACY_HEX)], BODY)


@pytest.mark.parametrize(
    "token", [b"", LEGACY_HEX.upper(), LEGACY_HEX[:-1], b"\xff", b"sha256=" + LEGACY_HEX]
)
def test_a_wrong_legacy_signature_is_refused(token: bytes) -> None:
    refused = reason(verifier(now=CREATED_AT, legacy=True), [(b"x-bc-signature", token)])
    assert refused == "x-bc-signature does not match"


def test_a_legacy_signature_is_good_for_72_hours_after_the_event() -> None:
    headers = [(b"x-bc-signature", LEGACY_HEX)]
    verifier(now=CREATED_AT + timedelta(hours=72), legacy=True).verify(headers, BODY)
    for late in (timedelta(hours=72, seconds=1), timedelta(minutes=-6)):
        refused = reason(verifier(now=CREATED_AT + late, legacy=True), headers)
        assert refused == "created_at is outside the 72 hours allowed"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b"[" * 60_000, b'{"scope":"x"}', b'{"scope":"x","created_at":"soon"}',
     b'{"scope":"x","created_at":1' + b"0" * 400 + b"}", b'{"scope":"x","created_at":-5}'],
)  # fmt: skip
def test_a_legacy_signature_without_a_usable_time_is_refused(body: bytes) -> None:
    token = hmac.digest(SECRET.encode(), body, hashlib.sha256).hex().encode()
    refused = reason(verifier(legacy=True), [(b"x-bc-signature", token)], body)
    assert refused == "x-bc-signature needs created_at in the body"


def test_a_wrong_standard_signature_is_final_whatever_else_is_right() -> None:
    generous = verifier(now=CREATED_AT, legacy=True, shared_header=TOKEN)
    others = [(b"x-bc-signature", LEGACY_HEX), (b"x-sync-token", b"current-token")]
    assert reason(generous, standard() + others) == "webhook-timestamp is outside the tolerance"


@pytest.mark.parametrize("token", [b"current-token", b"previous-token"])
def test_the_agreed_header_is_accepted_where_nothing_is_signed(token: bytes) -> None:
    assert verifier(shared_header=TOKEN).verify([(b"X-Sync-Token", token)], BODY) == Verified(
        How.HEADER
    )


@pytest.mark.parametrize("token", [b"", b"current-toke", b"Current-token", b"\xff\xfe"])
def test_a_wrong_agreed_header_is_refused(token: bytes) -> None:
    refused = reason(verifier(shared_header=TOKEN), [(b"x-sync-token", token)])
    assert refused == "the agreed header does not match"


def test_an_agreed_header_that_came_twice_is_refused() -> None:
    twice = [(b"x-sync-token", b"wrong"), (b"x-sync-token", b"current-token")]
    assert reason(verifier(shared_header=TOKEN), twice) == "x-sync-token came 2 times"


def test_where_both_are_required_neither_alone_is_enough() -> None:
    strict = verifier(shared_header=TOKEN, require_both=True)
    token = (b"x-sync-token", b"current-token")
    assert strict.verify([*standard(), token], BODY) == Verified(How.STANDARD, ID)
    reason(strict, standard())
    reason(strict, [token])
    reason(strict, [*standard(), (b"x-sync-token", b"wrong")])
    reason(strict, [*standard(signature=b"v1,AAAA"), token])


def test_nothing_at_all_is_refused() -> None:
    reason(verifier(legacy=True, shared_header=TOKEN), [])


@pytest.mark.parametrize("secrets", [[], [""], ["good", ""]])
def test_a_verifier_without_a_real_secret_cannot_be_made(secrets: list[str]) -> None:
    with pytest.raises(VerifierUnusable):
        Verifier(secrets)


def test_a_verifier_with_an_empty_header_secret_cannot_be_made() -> None:
    with pytest.raises(VerifierUnusable):
        Verifier([SECRET], shared_header=SharedHeader("x-sync-token", [""]))


def test_without_client_secrets_the_agreed_header_decides_whatever_is_signed() -> None:
    unsigning = verifier([], shared_header=TOKEN, legacy=True)
    token = (b"x-sync-token", b"current-token")
    assert unsigning.verify([*standard(), token], BODY) == Verified(How.HEADER)
    assert unsigning.verify([(b"x-bc-signature", b"x"), token], BODY) == Verified(How.HEADER)
    assert reason(unsigning, standard()) == "no signature, or the agreed header is missing"


def test_both_proofs_cannot_be_required_without_client_secrets() -> None:
    with pytest.raises(VerifierUnusable):
        Verifier([], shared_header=TOKEN, require_both=True)


def test_both_proofs_cannot_be_required_without_a_header_secret() -> None:
    with pytest.raises(VerifierUnusable):
        Verifier([SECRET], require_both=True)


def test_neither_a_refusal_nor_a_representation_shows_a_secret() -> None:
    picky = verifier(shared_header=TOKEN, require_both=True)
    told = reason(picky, standard()) + repr(picky) + repr(TOKEN)
    assert SECRET not in told
    assert "current-token" not in told
    assert "mEiC8" not in told

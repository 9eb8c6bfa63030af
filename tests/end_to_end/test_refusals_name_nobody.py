"""An ERP or a store may quote what it refuses: the person is taken out of every such sentence."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from temporalio.client import Client

from connectors.bigcommerce.answers import failure
from connectors.transport import Effect
from domain.hold import HoldCode
from sandbox.bigcommerce.drafts import AddressDraft, ShippingDraft
from sandbox.syspro import arsscs, refusals
from tests.end_to_end.drafts import an_order
from tests.support.searching import opened_rows
from tests.support.worlds import a_world
from workers.runtime import set_up_logs

HIS = {
    "first_name": "Quirinus",
    "last_name": "Plantedname",
    "street_1": "17 Planted Crescent",
    "city": "Plantedville",
    "zip": "PLQ49TD",
    "phone": "0555471199",
    "email": "quirinus@planted.example",
}
ADDRESS = AddressDraft.model_validate(HIS)


def by_its_own_words(columns: dict[str, str]) -> str:
    return f"Contact '{columns['Contact']}' of {columns['Email'].upper()} is not acceptable"


def by_our_xml(columns: dict[str, str]) -> str:
    inside = "".join(f"&lt;{name}&gt;{value}&lt;/{name}&gt;" for name, value in columns.items())
    return f"Document refused: &lt;Item&gt;{inside}&lt;/Item&gt;"


def cut_and_without_accents(columns: dict[str, str]) -> str:
    return f"SoldToAddr1 '{columns['SoldToAddr1'][:12]}', postcode {columns['SoldPostalCode']}"


@pytest.mark.parametrize("quoted", [by_its_own_words, by_our_xml, cut_and_without_accents])
async def test_a_refusal_that_quotes_the_buyer_is_told_without_them(
    client: Client,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    quoted: Callable[[dict[str, str]], str],
) -> None:
    def refuse(books: Any, columns: dict[str, str]) -> None:
        raise refusals.not_allowed("Name", columns["Name"], quoted(columns))

    monkeypatch.setattr(arsscs, "_check", refuse)
    caplog.set_level(logging.DEBUG, "temporalio")
    async with a_world(client, tmp_path) as world:
        order = world.place(an_order(billing=ADDRESS, shipping=(ShippingDraft(address=ADDRESS),)))
        hold = await world.held(order, HoldCode.REJECTED)
        assert "SYSPRO refuses ARSSCS" in hold.reason
        assert "***" in hold.reason
        rows = await opened_rows(world.journal_url, world.keyring)
        plain = [row for row in rows if not row.startswith("snapshots ")]
        told = "\n".join((*plain, caplog.text, hold.reason)).lower()
        assert [name for name, word in HIS.items() if word.lower() in told] == []
        await world.signal(order, "skip", {"actor": "ann", "reason": "a test"})
        await world.settled(order)


@pytest.mark.parametrize("status", [400, 403, 409, 422])
def test_a_store_that_echoes_an_address_is_told_without_it(status: int) -> None:
    body = {"title": "Bad", "errors": {"email": "quirinus@planted.example is not valid"}}
    answer = httpx.Response(status, json=body)
    said = failure(answer, operation="order 118", effect=Effect.WRITE, scope="orders")
    assert "quirinus" not in str(said)
    assert "not valid" in str(said)


def test_no_library_tells_headers_or_parameters_however_much_is_logged() -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        set_up_logs("DEBUG")
        talkative = ("httpx", "httpcore.http2", "hpack.hpack", "hpack.table", "aiosqlite")
        enabled = [name for name in talkative if logging.getLogger(name).isEnabledFor(logging.INFO)]
    finally:
        root.handlers[:], root.level = before
    assert enabled == []

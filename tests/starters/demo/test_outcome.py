"""The demo judges by what the ledger and the store's inventory hold, not by what it is told."""

from decimal import Decimal

from sandbox.common_ledger import CommonDocument, CommonLedger
from starters.demo.outcome import StockDifference, StoreView, results
from starters.demo.stock import differences


def document(reference: str, total: str, *, number: str = "SO 000007") -> CommonDocument:
    return CommonDocument(
        reference=reference,
        number=number,
        customer="000042",
        currency="USD",
        total=Decimal(total),
        tax=Decimal(0),
        balance=Decimal(0),
    )


def order(order_id: str, total: str = "20.00") -> StoreView:
    return StoreView(
        order_id=order_id, total=Decimal(total), currency="USD", status="Awaiting Fulfillment"
    )


def judged(*documents: CommonDocument, holds: dict[str, str], ignored: dict[str, str]) -> str:
    ledger = CommonLedger(documents=documents)
    (found,) = results(
        ["100"], {"100": order("100")}, ledger, prefix="BC-", holds=holds, ignored=ignored
    )
    return found.state


def test_an_order_is_shown_with_the_erp_s_own_number_and_what_the_ledger_has_of_it() -> None:
    ledger = CommonLedger(
        documents=(document("BC-100", "15.00"), document("BC-100-A1", "5.00", number="SO 000008"))
    )
    (found,) = results(["100"], {"100": order("100")}, ledger, prefix="BC-", holds={}, ignored={})
    assert (found.erp_document, found.customer) == ("SO 000007", "42")
    assert (found.store_total, found.erp_total) == ("20.00", "20.00")


def test_an_order_that_is_neither_in_the_ledger_nor_held_nor_ignored_is_lost() -> None:
    assert judged(holds={}, ignored={}) == "lost"
    assert judged(holds={"100": "why"}, ignored={}) == "held"
    assert judged(holds={}, ignored={"100": "cancelled"}) == "ignored"
    assert judged(document("BC-100", "20.00"), holds={}, ignored={"100": "said"}) == "posted"


def test_the_store_is_to_have_what_the_erp_has_less_what_the_erp_lacks() -> None:
    available = {"MUG": Decimal("10"), "POT": Decimal("2"), "TEA": Decimal("7.9")}
    lacking = {"MUG": 3, "POT": 5}
    assert differences({"MUG": 7, "POT": 0, "TEA": 7}, available=available, lacking=lacking) == ()
    assert differences({"MUG": 8}, available=available, lacking=lacking) == (
        StockDifference(sku="MUG", in_store=8, expected=7),
    )

from decimal import Decimal
from typing import Any

import pytest

HEADER = (
    "<CustomerPoNumber>BC-1</CustomerPoNumber><OrderActionType>A</OrderActionType>"
    "<Customer>WEB0001</Customer>"
)
LINES = (
    "<StockLine><CustomerPoLine>1</CustomerPoLine><StockCode>MUG-BLUE</StockCode>"
    "<OrderQty>2</OrderQty><Price>12.40</Price></StockLine>"
    "<FreightLine><CustomerPoLine>2</CustomerPoLine><FreightValue>5.00</FreightValue></FreightLine>"
    "<MiscChargeLine><CustomerPoLine>3</CustomerPoLine><MiscChargeValue>2.00</MiscChargeValue>"
    "<MiscProductClass>WRAP</MiscProductClass></MiscChargeLine>"
    "<CommentLine><CustomerPoLine>4</CustomerPoLine><Comment>Gift</Comment></CommentLine>"
)
TO_INVOICE = "<OrderStatus>8</OrderStatus>"


async def _invoice(site: Any, number: str) -> Any:
    item = f"<Item><SalesOrder>{number}</SalesOrder></Item>"
    return await site.post("SORTIC", "PostSalesOrderInvoice", item)


async def test_an_imported_order_allocates_its_stock(site: Any) -> None:
    answer = await site.sortoi(HEADER, LINES)
    assert answer.tag == "SalesOrders"
    assert answer.findtext("Order/SalesOrder") == "000000000015574"
    level = site.stand_in.books.levels[("MUG-BLUE", "FG")]
    assert (level.on_hand, level.allocated) == (600, 2)


async def test_an_unknown_stock_code_imports_nothing(site: Any, errors_in: Any) -> None:
    answer = await site.sortoi(HEADER, LINES.replace("MUG-BLUE", "MYSTERY-BOX"))
    assert answer.findtext("Order/StockLine/StockCode/ErrorNumber") == "240004"
    assert errors_in(answer) == ["Stock code 'MYSTERY-BOX' not found"]
    assert not answer.findtext("Order/SalesOrder")
    assert site.stand_in.orders == []


async def test_a_repeated_purchase_order_number_of_a_customer_is_refused(
    site: Any, errors_in: Any
) -> None:
    await site.sortoi(HEADER, LINES)
    assert "already exists" in errors_in(await site.sortoi(HEADER, LINES))[0]
    other = HEADER.replace("WEB0001", "WEBEUR")
    assert not errors_in(await site.sortoi(other, LINES))
    allowed = "<AllowDuplicateOrderNumbers>Y</AllowDuplicateOrderNumbers>"
    assert not errors_in(await site.sortoi(HEADER, LINES, allowed))
    assert len(site.stand_in.orders) == 3


@pytest.mark.parametrize(
    ("action", "shipping"), [("F", 0), ("A", 22), ("B", 0)], ids=["full", "available", "back"]
)
async def test_short_stock_goes_to_back_order_as_the_allocation_says(
    site: Any, action: str, shipping: int
) -> None:
    line = "<StockLine><StockCode>POT-CAST</StockCode><OrderQty>30</OrderQty></StockLine>"
    answer = await site.sortoi(HEADER, line, f"<AllocationAction>{action}</AllocationAction>")
    assert answer.find("Order/BackOrderComment") is not None
    (filed,) = site.stand_in.books.order_lines["000000000015574"]
    assert (filed.shipping, filed.back_ordered) == (shipping, 30 - shipping)


async def test_a_validation_imports_nothing(site: Any) -> None:
    answer = await site.sortoi(HEADER, LINES, "<Process>Validate</Process>")
    assert answer.findtext("ValidationStatus/Status") == "Successful"
    assert site.stand_in.orders == []
    assert site.stand_in.books.levels[("MUG-BLUE", "FG")].allocated == 0


async def test_some_version_8_sites_leave_the_order_out_of_a_clean_answer(site: Any) -> None:
    site.settings.omit_order_answer = True
    answer = await site.sortoi(HEADER, LINES)
    assert answer.find("Order") is None
    assert len(site.stand_in.orders) == 1


async def test_a_customer_on_hold_gets_no_order(site: Any, errors_in: Any) -> None:
    site.stand_in.hold_customer("WEB0001")
    assert errors_in(await site.sortoi(HEADER, LINES)) == ["Customer 'WEB0001' is on hold"]


async def test_invoicing_relieves_stock_and_posts_each_line_to_its_account(site: Any) -> None:
    await site.sortoi(HEADER, LINES, TO_INVOICE)
    answer = await _invoice(site, "15574")
    number = answer.findtext("Item/Key/InvoiceNumber")
    assert number == "000000000100001"
    invoice = site.stand_in.invoice(number)
    assert (invoice.value, invoice.reference) == (Decimal("31.80"), "BC-1")
    lines = list(site.stand_in.books.sales_lines.values())
    assert [(line.gl_code, line.net) for line in lines] == [
        ("4000", Decimal("24.80")),
        ("4020", Decimal("5.00")),
        ("4040", Decimal("2.00")),
    ]
    level = site.stand_in.books.levels[("MUG-BLUE", "FG")]
    assert (level.on_hand, level.allocated) == (598, 0)
    assert site.stand_in.balances["1300"] == -site.stand_in.balances["5000"]
    (order,) = site.stand_in.orders
    assert (order.status, order.last_invoice) == ("9", number)


async def test_an_order_is_invoiced_only_once_and_only_in_status_8(
    site: Any, errors_in: Any
) -> None:
    await site.sortoi(HEADER, LINES)
    assert "not ready to invoice" in errors_in(await _invoice(site, "15574"))[0]
    await site.sortoi(HEADER.replace("BC-1", "BC-2"), LINES, TO_INVOICE)
    assert not errors_in(await _invoice(site, "15575"))
    assert errors_in(await _invoice(site, "15575"))
    assert len(site.stand_in.invoices) == 1


async def test_a_cancelled_order_gives_its_allocation_back(site: Any) -> None:
    await site.sortoi(HEADER, LINES)
    cancel = "<OrderActionType>D</OrderActionType><SalesOrder>15574</SalesOrder>"
    await site.sortoi(cancel, "")
    assert site.stand_in.orders[0].status == "\\"
    assert site.stand_in.books.levels[("MUG-BLUE", "FG")].allocated == 0


async def test_a_line_tax_code_adds_tax_to_the_invoice(site: Any) -> None:
    line = (
        "<StockLine><StockCode>MUG-BLUE</StockCode><OrderQty>1</OrderQty><Price>10</Price>"
        "<StockTaxCode>A</StockTaxCode></StockLine>"
    )
    await site.sortoi(HEADER, line, TO_INVOICE)
    await _invoice(site, "15574")
    assert site.stand_in.invoices[0].value == Decimal("12.00")
    assert site.stand_in.balances["2200"] == Decimal("-2.00")


async def test_an_order_query_shows_status_and_last_invoice(site: Any) -> None:
    await site.sortoi(HEADER, LINES, TO_INVOICE)
    await _invoice(site, "15574")
    query = "<Query><Key><SalesOrder>15574</SalesOrder></Key></Query>"
    answer = await site.query("SORQRY", query)
    assert answer.findtext("OrderStatus") == "9"
    assert answer.findtext("LastInvoice") == "000000000100001"


async def test_a_stock_query_answers_all_warehouses_whatever_the_filter(site: Any) -> None:
    answer = await site.query(
        "INVQRY",
        "<Query><Key><StockCode>MUG-BLUE</StockCode></Key>"
        '<Filter><Warehouse FilterType="S" FilterValue="FG"/></Filter></Query>',
    )
    assert [one.findtext("Warehouse") for one in answer.findall("WarehouseItem")] == [
        "FG",
        "E",
        "P0",
    ]
    assert answer.findtext("WarehouseItem/AvailableQty").strip() == "600.000000"


async def test_a_journal_by_hand_must_balance_and_leave_control_accounts_alone(
    site: Any, errors_in: Any
) -> None:
    def journal(first: str, second: str, amount: str) -> str:
        return (
            f"<Item><JournalDetails><LedgerCode>{first}</LedgerCode><EntryAmount>10.00"
            f"</EntryAmount></JournalDetails><JournalDetails><LedgerCode>{second}</LedgerCode>"
            f"<EntryAmount>{amount}</EntryAmount></JournalDetails></Item>"
        )

    async def post(items: str) -> Any:
        return await site.post("GENTJL", "PostGlJournal", items)

    assert not errors_in(await post(journal("4000", "4090", "-10.00")))
    assert errors_in(await post(journal("4000", "4090", "-9.00"))) == ["Journal does not balance"]
    assert errors_in(await post(journal("4000", "1100", "-10.00")))
    assert errors_in(await post(journal("4000", "4800", "-10.00")))

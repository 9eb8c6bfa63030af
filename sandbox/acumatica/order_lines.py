"""The lines, taxes and totals of a sales order, as the form works them out."""

from decimal import Decimal
from typing import Any

from sandbox.acumatica.amounts import Priced, cents, price_line, tax_rows, total_of
from sandbox.acumatica.checks import Problems, item_for_sale, merged_rows, unit_of, warehouse_of
from sandbox.acumatica.company import OrderType
from sandbox.acumatica.records import ZERO
from sandbox.acumatica.refusals import invalid, unknown_value
from sandbox.acumatica.shapes_sales import SALES_ORDER
from sandbox.acumatica.tables import Tables

_QUANTITY = Decimal("0.000001")


def put_lines(
    tables: Tables, values: dict[str, Any], sent: dict[str, Any], kind: OrderType
) -> None:
    """Brings the order's lines to what was sent and prices them. Raises Invalid naming each."""
    keys = SALES_ORDER.details["Details"].keys
    problems = Problems()
    rows: list[dict[str, Any]] = []
    merged = merged_rows(tables, values["Details"], sent.get("Details") or [], keys)
    for row, place in merged:
        if place is not None:
            with problems.at("Details", place):
                row = _filled(tables, row, values, kind)
        rows.append(row)
    problems.end()
    number = max((row.get("LineNbr") or 0 for row in rows), default=0)
    for row in rows:
        if not row.get("LineNbr"):
            number += 1
            row["LineNbr"] = number
    values["Details"] = rows


def put_totals(
    values: dict[str, Any], sent: dict[str, Any], *, zone: str, lines_changed: bool
) -> None:
    """Works out freight, taxes and totals anew. Raises Invalid for a tax that does not exist."""
    _put_freight(values)
    freight = values["Totals"]["Freight"]
    lines = total_of(values["Details"], "Amount")
    if lines_changed or "TaxDetails" in sent or "IsTaxValid" in sent:
        given = bool(sent.get("IsTaxValid"))
        rows = sent.get("TaxDetails")
        if given and rows is None:
            rows = values["TaxDetails"]
        values["TaxDetails"] = tax_rows(zone, rows, taxable=lines + freight, given=given)
    tax = total_of(values["TaxDetails"], "TaxAmount")
    stock = [row for row in values["Details"] if row.get("WarehouseID")]
    values["Totals"] |= {
        "LineTotalAmount": total_of(stock, "Amount"),
        "MiscTotalAmount": lines - total_of(stock, "Amount"),
        "DiscountTotal": ZERO,
        "TaxTotal": tax,
    }
    values["OrderedQty"] = total_of(values["Details"], "OrderQty")
    values["TaxTotal"] = tax
    values["OrderTotal"] = lines + freight + tax
    if values["OrderTotal"] < 0:
        raise invalid(
            "Incorrect value. The value to be entered must be greater than or equal to 0.",
            "OrderTotal",
        )


def _filled(
    tables: Tables, row: dict[str, Any], order: dict[str, Any], kind: OrderType
) -> dict[str, Any]:
    item = item_for_sale(tables, row.get("InventoryID"))
    quantity = row.get("OrderQty")
    quantity = Decimal(1 if quantity is None else quantity).quantize(_QUANTITY)
    if quantity < 0:
        raise invalid(
            "Incorrect value. The value to be entered must be greater than or equal to 0.",
            "OrderQty",
        )
    priced = _priced(tables, row, order, item, quantity)
    if abs(priced.discount) > abs(priced.extended):
        raise invalid(
            "The discount amount cannot exceed the extended price of the line.", "DiscountAmount"
        )
    if row.get("InvoiceNbr"):
        _check_invoice(tables, row, quantity)
    return {
        **row,
        "InventoryID": item["InventoryID"],
        "LineDescription": row.get("LineDescription") or item["Description"],
        "WarehouseID": warehouse_of(item, row.get("WarehouseID")),
        "UOM": unit_of(item, row.get("UOM")),
        "Branch": row.get("Branch") or order["Branch"],
        "Account": item["SalesAccount"],
        "TaxCategory": row.get("TaxCategory") or item["TaxCategory"],
        "Operation": "Receipt" if kind.returns else "Issue",
        "OrderQty": quantity,
        "OpenQty": quantity,
        "UnitPrice": priced.unit_price,
        "ManualPrice": bool(row.get("ManualPrice")),
        "ManualDiscount": bool(row.get("ManualDiscount")),
        "ExtendedPrice": priced.extended,
        "DiscountAmount": priced.discount,
        "DiscountPercent": priced.percent,
        "Amount": priced.amount,
        "Completed": False,
    }


def _priced(
    tables: Tables, row: dict[str, Any], order: dict[str, Any], item: Any, quantity: Decimal
) -> Priced:
    settings = tables.settings
    price = row.get("UnitPrice") if row.get("ManualPrice") else None
    discount = row.get("DiscountAmount") if row.get("ManualDiscount") else None
    percent = row.get("DiscountPercent") if row.get("ManualDiscount") else None
    promoted = item.entity == "StockItem" and not order.get("DisableAutomaticDiscountUpdate")
    if not row.get("ManualDiscount") and promoted:
        percent = Decimal(settings.promotion_percent)
    return price_line(
        quantity,
        price=(item["DefaultPrice"] or ZERO) if price is None else price,
        decimals=settings.price_decimals,
        discount=discount,
        percent=percent,
    )


def _check_invoice(tables: Tables, row: dict[str, Any], quantity: Decimal) -> None:
    """A line that returns an invoice's: it exists, is released, and has that much left."""
    kind = invoice_type(row.get("InvoiceType") or "Invoice")
    invoice = tables.find("SalesInvoice", kind, str(row["InvoiceNbr"]))
    if invoice is None or not invoice["_released"]:
        raise unknown_value("Invoice", row["InvoiceNbr"], "InvoiceNbr")
    lines = {line["LineNbr"]: line for line in invoice["Details"]}
    line = lines.get(row.get("InvoiceLineNbr"))
    if line is None:
        raise unknown_value("Invoice Line Nbr.", row.get("InvoiceLineNbr"), "InvoiceLineNbr")
    returned = sum(
        (
            other["OrderQty"]
            for order in tables.records.get("SalesOrder", {}).values()
            for other in order["Details"]
            if order["Status"] != "Canceled"
            and other["id"] != row["id"]
            and other.get("InvoiceNbr") == invoice["ReferenceNbr"]
            and other.get("InvoiceLineNbr") == line["LineNbr"]
        ),
        ZERO,
    )
    if returned + quantity > line["Qty"]:
        raise invalid("The return quantity exceeds the quantity of the invoice line.", "OrderQty")


def invoice_type(sent: str) -> str:
    """The displayed text of an invoice type, which may be sent as its code."""
    codes = {"INV": "Invoice", "CRM": "Credit Memo", "DRM": "Debit Memo"}
    shown = codes.get(sent.strip().upper(), sent.strip().title())
    if shown not in codes.values():
        raise unknown_value("Type", sent, "Type")
    return shown


def _put_freight(values: dict[str, Any]) -> None:
    totals = dict(values.get("Totals") or {})
    shipping = values.get("ShippingSettings") or {}
    if shipping.get("OverrideFreightPrice"):
        freight = shipping.get("FreightPrice")
    else:
        freight = totals.get("Freight") if totals.get("OverrideFreightAmount") else None
    totals["Freight"] = cents(freight or ZERO)
    values["Totals"] = totals

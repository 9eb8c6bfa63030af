"""The bodies of marketing documents and payments, property by property. Pure.

Discounts are sent as nought: SAP would else take off the partner's own on top of the store's.
"""

import re
from decimal import Decimal

from connectors.sap_business_one.lines import (
    account,
    entered,
    expense_code,
    item_code,
    price_and_rest,
    unit_price,
)
from connectors.sap_business_one.settings import USER_FIELD_NAMES, Numbered, SapBusinessOneSettings
from connectors.sap_business_one.text import fitted
from connectors.sap_business_one.wire import WireDocument, WireLine
from domain.document import DocumentKind, DocumentLine, PaymentPosting, Payout, SalesDocument
from domain.money import Money

Body = dict[str, object]
ORDER, DELIVERY_NOTE, INVOICE = 17, 15, 13  # object types, as a line names its base
_LONGEST_TEXT = 254  # of an alphanumeric user-defined field


def header(
    document: SalesDocument, settings: SapBusinessOneSettings, numbered: Numbered, *, state: str
) -> Body:
    """Write whose document it is, under our key."""
    on = document.on.isoformat()
    body: Body = {
        "CardCode": document.customer,
        "DocDate": on,
        "TaxDate": on,
        "DocDueDate": on,
        "DocCurrency": settings.sap_currency(document.total.currency),
        "DiscountPercent": 0,
    }
    if settings.reference_field == "NumAtCard":
        body["NumAtCard"] = document.key
    else:
        body["NumAtCard"] = fitted(document.order_number, 100)
        body[settings.reference_field] = document.key
    body |= {
        name: fitted(_filled_in(text, document), _LONGEST_TEXT)
        for name, text in settings.user_fields.items()
    }
    if document.note:
        body["Comments"] = fitted(document.note, 254)
    if numbered in settings.series:
        body["Series"] = settings.series[numbered]
    if settings.branch is not None:
        body["BPL_IDAssignedToInvoice"] = settings.branch
    if settings.sales_employee is not None:
        body["SalesPersonCode"] = settings.sales_employee
    ship = document.ship_to
    if ship is not None and document.kind is DocumentKind.INVOICE:
        parts = {
            "ShipToAddress2": fitted(ship.name, 50),
            "ShipToStreet": fitted(ship.street_1, 100),
            "ShipToBlock": fitted(ship.street_2, 100),
            "ShipToCity": fitted(ship.city, 100),
            "ShipToZipCode": fitted(ship.postcode, 20),
            "ShipToState": state,
            "ShipToCountry": ship.country_code,
        }
        body["AddressExtension"] = {name: value for name, value in parts.items() if value}
    return body


def _filled_in(text: str, document: SalesDocument) -> str:
    known = document.model_dump(include=USER_FIELD_NAMES)
    return re.sub(r"\{(\w+)\}", lambda named: str(known[named[1]]), text)


def sale(document: SalesDocument, settings: SapBusinessOneSettings) -> Body:
    """Write the lines and expenses of an order, an invoice or a debit."""
    lines, expenses = entered(document, settings)
    return {
        "DocumentLines": [_line(line, settings) for line in lines],
        "DocumentAdditionalExpenses": [_expense(line, settings) for line in expenses],
    }


def copied(
    base: WireDocument, base_type: int, document: SalesDocument, settings: SapBusinessOneSettings
) -> Body:
    """Write the lines that copy a whole document, whose prices and taxes stay.

    Expenses are not copied with the lines; each names its own base.
    """
    _, expenses = entered(document, settings)
    at_base = {expense.code: expense.number for expense in base.expenses}
    return {
        "DocumentLines": [
            {"BaseType": base_type, "BaseEntry": base.entry, "BaseLine": line.number}
            for line in base.lines
        ],
        "DocumentAdditionalExpenses": [
            {
                **_expense(line, settings),
                "BaseDocType": base_type,
                "BaseDocEntry": base.entry,
                "BaseDocLine": at_base.get(expense_code(line, settings), 0),
            }
            for line in expenses
        ],
    }


def credit(
    document: SalesDocument, settings: SapBusinessOneSettings, invoice: WireDocument | None
) -> Body:
    """Write what is given back: pieces on the invoice's own lines, the rest as money."""
    lines, expenses = entered(document, settings)
    written: list[Body] = []
    for line in lines:
        written += _given_back(line, settings, invoice)
    return {
        "DocumentLines": written,
        "DocumentAdditionalExpenses": [_expense(line, settings) for line in expenses],
    }


def payment(
    posting: PaymentPosting, settings: SapBusinessOneSettings, *, invoice_entry: int
) -> Body:
    """Write money received by transfer, put against one invoice."""
    against: Body = {"DocEntry": invoice_entry, "InvoiceType": "it_Invoice"}
    return _transfer(posting, settings, against, numbered=Numbered.PAYMENT, what="Web payment")


def payout(posting: Payout, settings: SapBusinessOneSettings, *, credit_entry: int) -> Body:
    """Write money paid to a customer by transfer, put against one credit note."""
    against: Body = {"DocEntry": credit_entry, "InvoiceType": "it_CredItnote"}
    return _transfer(posting, settings, against, numbered=Numbered.PAYOUT, what="Web refund")


def _transfer(
    posting: PaymentPosting | Payout,
    settings: SapBusinessOneSettings,
    against: Body,
    *,
    numbered: Numbered,
    what: str,
) -> Body:
    on = posting.on.isoformat()
    amount = posting.amount.amount
    local = settings.is_local(posting.amount.currency)
    body: Body = {
        "DocType": "rCustomer",
        "CardCode": posting.customer,
        "DocDate": on,
        "TaxDate": on,
        "DocCurrency": settings.sap_currency(posting.amount.currency),
        "TransferAccount": posting.account,
        "TransferSum": amount,
        "TransferDate": on,
        "TransferReference": fitted(posting.key, 27),
        "JournalRemarks": fitted(f"{what} {posting.method}", 50),
        "PaymentInvoices": [{**against, "SumApplied" if local else "AppliedFC": amount}],
    }
    body[settings.payment_reference_field] = posting.key
    if numbered in settings.series:
        body["Series"] = settings.series[numbered]
    if settings.branch is not None:
        body["BPLID"] = settings.branch
    return body


def _line(line: DocumentLine, settings: SapBusinessOneSettings) -> Body:
    amounts: Body = {"Quantity": line.quantity}
    if settings.profile.line_amounts == "line-total":
        local = settings.is_local(line.net.currency)
        amounts["LineTotal" if local else "RowTotalFC"] = line.net.amount
    elif line.item:
        amounts["UnitPrice"] = unit_price(line, settings.profile.price_decimals)
    else:
        amounts = {"Quantity": Decimal(1), "UnitPrice": line.net.amount}
    return _entry(line, settings, amounts, tax=line.tax)


def _given_back(
    line: DocumentLine, settings: SapBusinessOneSettings, invoice: WireDocument | None
) -> list[Body]:
    base = (
        next((one for one in invoice.lines if one.source == line.source), None) if invoice else None
    )
    pieces = _pieces(line, base, settings) if base else None
    if invoice is None or base is None or pieces is None:
        return [_money(line, settings, line.net.amount, tax=line.tax)]
    price, rest = price_and_rest(line.net.amount, pieces, settings.profile.price_decimals)
    amounts: Body = {
        "Quantity": pieces,
        "UnitPrice": price,
        "WithoutInventoryMovement": "tNO" if settings.profile.restock else "tYES",
    }
    if _may_be_base(invoice, base, pieces, settings):
        amounts |= {"BaseType": INVOICE, "BaseEntry": invoice.entry, "BaseLine": base.number}
    written = [_entry(line, settings, amounts, tax=line.tax)]
    if rest:
        written.append(_money(line, settings, rest, tax=Money.zero(line.net.currency)))
    return written


def _pieces(line: DocumentLine, base: WireLine, settings: SapBusinessOneSettings) -> Decimal | None:
    """Tell how many pieces of the invoice's line come back; None: it is money alone."""
    pieces = min(line.quantity, base.quantity)
    if not line.item or base.item != line.item or pieces <= 0 or line.net.amount <= 0:
        return None
    _, rest = price_and_rest(line.net.amount, pieces, settings.profile.price_decimals)
    # The cents that no price can say would be a line of their own, with a tax of its own.
    return None if rest and settings.profile.tax_amounts == "computed" else pieces


def _may_be_base(
    invoice: WireDocument, base: WireLine, pieces: Decimal, settings: SapBusinessOneSettings
) -> bool:
    rule = settings.profile.credit_base
    enough = base.open_quantity is None or base.open_quantity >= pieces
    is_open = invoice.status != "bost_Close" and base.status != "bost_Close"
    return rule != "never" and enough and (rule == "always" or is_open)


def _money(
    line: DocumentLine, settings: SapBusinessOneSettings, amount: Decimal, *, tax: Money
) -> Body:
    """Write an amount that moves no goods."""
    amounts: Body = {"Quantity": Decimal(1), "UnitPrice": amount}
    if line.item:
        amounts["WithoutInventoryMovement"] = "tYES"
    return _entry(line, settings, amounts, tax=tax)


def _entry(
    line: DocumentLine, settings: SapBusinessOneSettings, amounts: Body, *, tax: Money
) -> Body:
    profile = settings.profile
    local = settings.is_local(line.net.currency)
    body: Body = {
        "ItemCode": item_code(line, settings),
        "ItemDescription": fitted(line.description, 100),
        **amounts,
        "DiscountPercent": 0,
        settings.tax_field: _tax_code(line, settings),
    }
    if not local:
        body["Currency"] = settings.sap_currency(line.net.currency)
    if profile.tax_amounts == "given":
        name = profile.line_tax_property if local else profile.foreign_line_tax_property
        body[name] = tax.amount
    if account(line):
        body["AccountCode"] = account(line)
    if line.item and (line.warehouse or settings.default_warehouse):
        body["WarehouseCode"] = line.warehouse or settings.default_warehouse
    if profile.line_reference_property:
        body[profile.line_reference_property] = fitted(line.source, 100)
    return body


def _expense(line: DocumentLine, settings: SapBusinessOneSettings) -> Body:
    profile = settings.profile
    local = settings.is_local(line.net.currency)
    total = "LineTotal" if local else profile.foreign_expense_total_property
    body: Body = {
        "ExpenseCode": int(expense_code(line, settings)),
        total: line.net.amount,
        settings.tax_field: _tax_code(line, settings),
        "Remarks": fitted(line.description, 100),
    }
    if profile.tax_amounts == "given":
        name = profile.expense_tax_property if local else profile.foreign_expense_tax_property
        body[name] = line.tax.amount
    return body


def _tax_code(line: DocumentLine, settings: SapBusinessOneSettings) -> str:
    return settings.tax_code if line.tax else settings.exempt_tax_code or settings.tax_code

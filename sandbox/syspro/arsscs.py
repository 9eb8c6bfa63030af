"""ARSSCS: adds and updates customers; numbers them the way the site's key settings say."""

from typing import Literal
from xml.etree.ElementTree import Element

from sandbox.syspro import company, refusals
from sandbox.syspro.arstin import check_code
from sandbox.syspro.books import Books
from sandbox.syspro.document import Fields
from sandbox.syspro.posting import Common, error_node, run_items
from sandbox.syspro.records import Customer
from sandbox.syspro.xml import Node

ROOT = "setuparcustomer"
Verb = Literal["Add", "Update"]

_ADDRESS = {f"{kind}ToAddr{n}": 40 for kind in ("Sold", "Ship") for n in range(1, 6)}
WIDTHS = {
    "Name": 50,
    "ShortName": 20,
    "Branch": 10,
    "Area": 10,
    "Salesperson": 20,
    "TermsCode": 2,
    "Currency": 3,
    "CustomerClass": 10,
    "CreditStatus": 1,
    "CreditLimit": 12,
    "CustomerOnHold": 1,
    "TaxStatus": 1,
    "BalanceType": 1,
    "PriceCode": 10,
    "Telephone": 20,
    "AddTelephone": 20,
    "Contact": 50,
    "Email": 255,
    **_ADDRESS,
    "SoldToAddr3Loc": 40,
    "SoldPostalCode": 10,
    "ShipPostalCode": 10,
    "UserField1": 10,
    "UserField2": 10,
    "PoNumberMandatory": 1,
    "SalesWarehouse": 10,
    "MasterAccount": 15,
}
DEFAULTS = {
    "TaxStatus": "N",
    "BalanceType": "I",
    "CreditStatus": "0",
    "CustomerOnHold": "N",
    "PoNumberMandatory": "N",
}


def post(books: Books, parameters: Element | None, document: Element, *, verb: Verb) -> list[Node]:
    """The children of `setuparcustomer`."""
    common = Common.read(parameters, books)
    items = Fields(document, books.settings).children("Item")
    outcomes = run_items(
        books,
        items,
        lambda item: _put(books, item, verb),
        all_or_none=common.all_or_none,
        validate_only=common.validate_only,
    )
    nodes: list[Node] = []
    for item, outcome in zip(items, outcomes, strict=True):
        if outcome.refused:
            shown = item.child("Key").text("Customer")
            error = error_node(outcome.refused, case="lower")
            nodes.append(("item", [("key", [("customer", shown)]), error]))
        else:
            nodes.append(("item", outcome.answer))
    refused = sum(1 for outcome in outcomes if outcome.refused)
    # Setup objects print their zeros, unlike the postings.
    status: list[Node] = [("RecordsRead", str(len(outcomes))), ("RecordsInvalid", str(refused))]
    return [*nodes, ("StatusOfItems", status)]


def _put(books: Books, item: Fields, verb: Verb) -> list[Node]:
    key = _key(books, item.child("Key"), verb)
    before = books.customers.get(key)
    if verb == "Add" and before is not None:
        raise refusals.already_exists("Customer", books.shown_customer(key), "Customer")
    if verb == "Update" and before is None:
        raise refusals.not_on_file("Customer", books.shown_customer(key), "Customer")
    columns = dict(before.columns) if before else dict(DEFAULTS)
    for name, width in WIDTHS.items():
        if item.has(name):
            columns[name] = item.text(name, width=width)
    _check(books, columns)
    added = before.added if before else books.today
    books.customers[key] = Customer(customer=key, columns=columns, added=added)
    return [("key", [("customer", books.shown_customer(key))])]


def _key(books: Books, fields: Fields, verb: Verb) -> str:
    settings = books.settings
    given = fields.text("Customer", width=15)
    if verb == "Add" and settings.customer_method == "A":
        if given:
            why = "Customer must be blank when numbering is automatic"
            raise refusals.not_allowed("Customer", given, why)
        return next_customer(books)
    given = fields.required("Customer", width=15)
    if settings.customer_key_type == "N" and not given.isdigit():
        raise refusals.not_numeric("Customer", given)
    return books.customer_key(given)


def next_customer(books: Books) -> str:
    """The stored key of the next automatic number that is free."""
    while True:
        number = str(books.next_number("customer"))
        length = books.settings.customer_presentation_length
        key = books.customer_key(number.zfill(length))
        if key not in books.customers:
            return key


def _check(books: Books, columns: dict[str, str]) -> None:
    if not columns.get("Name"):
        raise refusals.mandatory("Name")
    known = (
        ("Branch", company.BRANCHES, "Branch"),
        ("Salesperson", company.SALESPERSONS, "Salesperson"),
        ("TermsCode", company.TERMS, "Invoice terms"),
    )
    for field, codes, what in known:
        if not columns.get(field):
            raise refusals.mandatory(field)
        check_code(field, columns[field], codes, what)
    if columns.get("Area"):
        check_code("Area", columns["Area"], company.AREAS, "Geographic area")
    check_code("CustomerClass", columns.get("CustomerClass", ""), company.CUSTOMER_CLASSES, "Class")
    currency = columns.get("Currency") or books.settings.local_currency
    columns["Currency"] = currency
    if currency not in company.RATES:
        raise refusals.not_on_file("Currency", currency, "Currency")
    for field, allowed in (
        ("TaxStatus", "ENO"),
        ("BalanceType", "IB"),
        ("CreditStatus", "0123456789"),
    ):
        if columns[field] not in list(allowed):
            raise refusals.invalid(field, columns[field], " or ".join(allowed))

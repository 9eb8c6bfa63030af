"""The entity sets: where their rows are, how one is found, and what may be done with it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.sap_business_one import schema, schema_lists
from sandbox.sap_business_one.books import DOCUMENT_SETS, ZERO, Books
from sandbox.sap_business_one.catalogue import add_item, change_item, item_row
from sandbox.sap_business_one.changes import change_document
from sandbox.sap_business_one.documents import add_document
from sandbox.sap_business_one.entity_types import EntityType, Row
from sandbox.sap_business_one.partners import add_partner, change_partner, partner_row
from sandbox.sap_business_one.payments import add_payment, cancel_payment
from sandbox.sap_business_one.refusals import Refused, exists_already, no_match, rejected
from sandbox.sap_business_one.undoing import (
    cancel_document,
    close_document,
    create_cancellation,
    reopen_document,
)

Action = Callable[[Books, Row], Row | None]


@dataclass(frozen=True)
class EntitySet:
    """One set. `add` answers None when nothing was filed in it; `change` gets the replace flag."""

    name: str
    kind: EntityType
    key: tuple[str, ...]
    rows: Callable[[Books, dict[str, str]], Sequence[Row]]
    find: Callable[[Books, Any], Row | None]
    add: Callable[[Books, Row], Row | None] | None = None
    change: Callable[[Books, Row, Row, bool], None] | None = None
    remove: Callable[[Books, Row], None] | None = None
    actions: dict[str, Action] = field(default_factory=dict)

    def key_of(self, text: str) -> Any:
        """The typed key inside the brackets of an address; raises `Refused`."""
        found = re.fullmatch(r"'((?:[^']|'')*)'", text)
        if found and len(self.key) == 1:
            return found.group(1).replace("''", "'")
        if re.fullmatch(r"-?\d+", text) and len(self.key) == 1:
            return int(text)
        named = (part.partition("=") for part in text.split(","))
        parts = {name: value for name, _, value in named}
        if set(parts) != set(self.key):
            raise no_match(status=404)
        values = [_plain(parts[name]) for name in self.key]
        return tuple(values) if len(values) > 1 else values[0]

    def address(self, row: Row) -> str:
        """How an entity is addressed, such as `Orders(22)`."""
        values = [row[name] for name in self.key]
        shown = [f"'{one}'" if isinstance(one, str) else str(one) for one in values]
        if len(shown) > 1:
            shown = [f"{n}={v}" for n, v in zip(self.key, shown, strict=True)]
        return f"{self.name}({','.join(shown)})"


def _plain(text: str) -> Any:
    return text[1:-1].replace("''", "'") if text.startswith("'") else int(text)


def _documents(name: str) -> EntitySet:
    def entry(row: Row) -> tuple[str, int]:
        return (name, row["DocEntry"])

    def change(books: Books, row: Row, body: Row, replace: bool) -> None:
        change_document(books, entry(row), row, body, replace=replace)

    actions: dict[str, Action] = {
        "Cancel": lambda books, row: _nothing(cancel_document(books, entry(row), row)),
        "Close": lambda books, row: close_document(books, entry(row), row),
        "Reopen": lambda books, row: reopen_document(books, entry(row), row),
        "CreateCancellationDocument": lambda books, row: create_cancellation(
            books, entry(row), row
        ),
    }
    draft = name == "Drafts"
    return EntitySet(
        name,
        schema.DOCUMENT,
        ("DocEntry",),
        rows=lambda books, wanted: books.documents[name].rows(wanted),
        find=lambda books, key: books.documents[name].get(key),
        add=None if draft else lambda books, body: add_document(books, name, body),
        change=None if draft else change,
        actions={} if draft else actions,
    )


def _nothing(_: object) -> None:
    return None


def _payments(name: str) -> EntitySet:
    return EntitySet(
        name,
        schema.PAYMENT,
        ("DocEntry",),
        rows=lambda books, wanted: books.payments[name].rows(wanted),
        find=lambda books, key: books.payments[name].get(key),
        add=lambda books, body: add_payment(books, name, body),
        change=lambda books, row, body, _: _change_payment(books, name, row, body),
        actions={"Cancel": lambda books, row: cancel_payment(books, (name, row["DocEntry"]), row)},
    )


def _payment_drafts() -> EntitySet:
    return EntitySet(
        "PaymentDrafts",
        schema.PAYMENT,
        ("DocEntry",),
        rows=lambda books, wanted: books.payments["PaymentDrafts"].rows(wanted),
        find=lambda books, key: books.payments["PaymentDrafts"].get(key),
    )


def _change_payment(books: Books, name: str, row: Row, body: Row) -> None:
    free = ("Remarks", "JournalRemarks", "Reference1", "Reference2", "CounterReference")
    for field_name, value in body.items():
        if field_name not in free and not field_name.startswith("U_") and value != row[field_name]:
            raise Refused(400, -1029, f"Field cannot be updated (ODBC -1029)  [{field_name}]")
    books.payments[name][row["DocEntry"]] = {**row, **body}


def _list(name: str, kind: EntityType, *key: str) -> EntitySet:
    return EntitySet(
        name,
        kind,
        key,
        rows=lambda books, _: _list_rows(books, name),
        find=lambda books, code: _listed(books, name, key, code),
    )


def _listed(books: Books, name: str, key: tuple[str, ...], code: Any) -> Row | None:
    wanted = code if isinstance(code, tuple) else (code,)
    rows = _list_rows(books, name)
    return next((row for row in rows if tuple(row[part] for part in key) == wanted), None)


def _list_rows(books: Books, name: str) -> list[Row]:
    rows = list(books.lists[name].values())
    if name == "ChartOfAccounts":
        return [{**row, "Balance": books.accounts.get(row["Code"]) or ZERO} for row in rows]
    own = {"TaxCode": "SalesTaxCodes", "VatGroup": "VatGroups"}[books.settings.tax_field]
    absent = name in ("SalesTaxCodes", "VatGroups") and name != own
    return [] if absent else rows


def _add_user_field(books: Books, body: Row) -> Row:
    table = body.get("TableName") or ""
    same = [row for (known, _), row in books.user_fields.items() if known == table]
    if any(row["Name"] == body.get("Name") for row in same):
        raise exists_already()
    number = max((row["FieldID"] for row in same), default=-1) + 1
    row = {
        **schema_lists.USER_FIELD.blank,
        "Type": "db_Alpha",
        "SubType": "st_None",
        "Mandatory": "tNO",
        **body,
        "FieldID": number,
    }
    row["EditSize"] = row["Size"] = row["Size"] or 10
    books.user_fields[(table, number)] = row
    return row


def _remove_user_field(books: Books, row: Row) -> None:
    del books.user_fields[(row["TableName"], row["FieldID"])]


def _add_query(books: Books, body: Row) -> Row:
    code = body.get("SqlCode")
    if not code or not body.get("SqlText"):
        raise rejected("SqlCode and SqlText are mandatory")
    if code in books.queries:
        raise exists_already()
    row = {**schema_lists.SQL_QUERY.blank, **body, "CreateDate": books.today}
    books.queries[code] = {**row, "UpdateDate": books.today}
    return books.queries[code]


def _change_query(books: Books, row: Row, body: Row, _: bool) -> None:
    books.queries[row["SqlCode"]] = {**row, **body, "UpdateDate": books.today}


def _remove_query(books: Books, row: Row) -> None:
    del books.queries[row["SqlCode"]]


def _remove_partner(books: Books, row: Row) -> None:
    code = row["CardCode"]
    if any(table.rows({"CardCode": code}) for table in books.documents.values()):
        raise rejected("Business partner has transactions and cannot be removed")
    del books.partners[code]


def _find_partner(books: Books, key: Any) -> Row | None:
    row = books.partners.get(key)
    return partner_row(books, row) if row else None


def _find_item(books: Books, key: Any) -> Row | None:
    row = books.items.get(key)
    return item_row(books, row) if row else None


SETS: dict[str, EntitySet] = {
    one.name: one
    for one in (
        *(_documents(name) for name in DOCUMENT_SETS),
        _payments("IncomingPayments"),
        _payments("VendorPayments"),
        _payment_drafts(),
        EntitySet(
            "BusinessPartners",
            schema.PARTNER,
            ("CardCode",),
            rows=lambda books, wanted: [
                partner_row(books, row) for row in books.partners.rows(wanted)
            ],
            find=_find_partner,
            add=add_partner,
            change=lambda books, row, body, replace: change_partner(
                books, row["CardCode"], body, replace=replace
            ),
            remove=_remove_partner,
        ),
        EntitySet(
            "Items",
            schema.ITEM,
            ("ItemCode",),
            rows=lambda books, _: [item_row(books, row) for row in books.items.values()],
            find=_find_item,
            add=add_item,
            change=lambda books, row, body, replace: change_item(
                books, row["ItemCode"], body, replace=replace
            ),
        ),
        _list("Warehouses", schema_lists.WAREHOUSE, "WarehouseCode"),
        _list("ChartOfAccounts", schema_lists.ACCOUNT, "Code"),
        _list("AdditionalExpenses", schema_lists.ADDITIONAL_EXPENSE, "ExpensCode"),
        _list("SalesTaxCodes", schema_lists.SALES_TAX_CODE, "Code"),
        _list("VatGroups", schema_lists.VAT_GROUP, "Code"),
        _list("PriceLists", schema_lists.PRICE_LIST, "PriceListNo"),
        _list("Currencies", schema_lists.CURRENCY, "Code"),
        _list("States", schema_lists.STATE, "Code", "Country"),
        _list("Branches", schema_lists.BRANCH, "Code"),
        _list("BusinessPlaces", schema_lists.BUSINESS_PLACE, "BPLID"),
        EntitySet(
            "UserFieldsMD",
            schema_lists.USER_FIELD,
            ("TableName", "FieldID"),
            rows=lambda books, _: list(books.user_fields.values()),
            find=lambda books, key: books.user_fields.get(key),
            add=_add_user_field,
            remove=_remove_user_field,
        ),
        EntitySet(
            "SQLQueries",
            schema_lists.SQL_QUERY,
            ("SqlCode",),
            rows=lambda books, _: list(books.queries.values()),
            find=lambda books, key: books.queries.get(key),
            add=_add_query,
            change=_change_query,
            remove=_remove_query,
        ),
    )
}

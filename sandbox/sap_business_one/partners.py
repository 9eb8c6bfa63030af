"""Business partners: opens accounts, merges changes into them, keeps addresses and contacts."""

from sandbox.sap_business_one.books import ZERO, Books
from sandbox.sap_business_one.entity_types import Row
from sandbox.sap_business_one.refusals import at, exists_already, invalid, no_match, rejected
from sandbox.sap_business_one.regions import is_state
from sandbox.sap_business_one.schema import ADDRESS, CONTACT, PARTNER

_NUMBERED = 1
"""The series that numbers a partner whose code is left out."""


def add_partner(books: Books, body: Row) -> Row:
    """Opens an account. Raises `Refused`; a code that is taken is -2035."""
    kind = body.get("CardType") or "cCustomer"
    code = body.get("CardCode") or _next_code(books, body, kind)
    if code in books.partners:
        raise exists_already()
    day, clock = books.stamp
    row = {
        **PARTNER.blank,
        "CardType": kind,
        "Series": _NUMBERED,
        "GroupCode": 100,
        "Currency": books.settings.local_currency,
        "PriceListNum": 1,
        "PayTermsGrpCode": -1,
        "VatLiable": "vLiable",
        "Valid": "tYES",
        "Frozen": "tNO",
        "CompanyPrivate": "cCompany",
        "CreditLimit": ZERO,
        "MaxCommitment": ZERO,
        "DiscountPercent": ZERO,
        **_without_parts(body),
        "CardCode": code,
        "CreateDate": day,
        "CreateTime": clock,
    }
    _check(books, row)
    row["BPAddresses"] = _merged_addresses([], body.get("BPAddresses") or [], code)
    row["ContactEmployees"] = _merged_contacts(books, [], body.get("ContactEmployees") or [], code)
    return _file(books, row)


def change_partner(books: Books, code: str, body: Row, *, replace: bool) -> None:
    """Merges a body into an account; addresses merge by name and kind, contacts by number."""
    before = books.partners[code]
    if body.get("CardCode") not in (None, code):
        raise rejected("Business partner code cannot be changed")
    if body.get("Currency") not in (None, before["Currency"]) and books.owed.get(code):
        raise rejected(f"You cannot change the currency  {at('OCRD', 'Currency')}")
    row = {**before, **_without_parts(body)}
    _check(books, row)
    if "BPAddresses" in body:
        kept = [] if replace else before["BPAddresses"]
        row["BPAddresses"] = _merged_addresses(kept, body["BPAddresses"], code)
    if "ContactEmployees" in body:
        kept = [] if replace else before["ContactEmployees"]
        row["ContactEmployees"] = _merged_contacts(books, kept, body["ContactEmployees"], code)
    _file(books, row)


def partner_row(books: Books, row: Row) -> Row:
    """An account with its balance as it is now."""
    return {**row, "CurrentAccountBalance": books.owed.get(row["CardCode"]) or ZERO}


def _without_parts(body: Row) -> Row:
    return {k: v for k, v in body.items() if k not in ("BPAddresses", "ContactEmployees")}


def _next_code(books: Books, body: Row, kind: str) -> str:
    if body.get("Series") not in (None, _NUMBERED):
        raise no_match()
    letter = {"cCustomer": "C", "cSupplier": "V", "cLid": "L"}[kind]
    while True:
        code = f"{letter}{books.next_number(f'partner {letter}', 20001):05d}"
        if code not in books.partners:
            return code


def _check(books: Books, row: Row) -> None:
    if not row.get("CardName"):
        raise invalid(f"Business partner name is missing  {at('OCRD', 'CardName')}")
    if row["Currency"] != "##" and row["Currency"] not in books.lists["Currencies"]:
        raise no_match()
    if row["PriceListNum"] not in books.lists["PriceLists"]:
        raise no_match()


def _file(books: Books, row: Row) -> Row:
    for field, kind in (("BilltoDefault", "bo_BillTo"), ("ShipToDefault", "bo_ShipTo")):
        names = [a["AddressName"] for a in row["BPAddresses"] if a["AddressType"] == kind]
        if row.get(field) not in names:
            row[field] = names[0] if names else None
    # The account's own address is its default bill-to address.
    default = next(
        (a for a in row["BPAddresses"] if a["AddressName"] == row["BilltoDefault"]), ADDRESS.blank
    )
    row |= {name: default[name] for name in ("ZipCode", "City", "Country")}
    contacts = [contact["Name"] for contact in row["ContactEmployees"]]
    if row.get("ContactPerson") not in contacts:
        row["ContactPerson"] = contacts[0] if contacts else None
    day, clock = books.stamp
    row |= {"UpdateDate": day, "UpdateTime": clock}
    row["DataVersion"] = (row.get("DataVersion") or 0) + 1
    row["DefaultCurrency"] = None if row["Currency"] == "##" else row["Currency"]
    books.partners[row["CardCode"]] = row
    return row


def _merged_addresses(kept: list[Row], given: list[Row], code: str) -> list[Row]:
    addresses = list(kept)
    for one in given:
        place = _place_of_address(addresses, one)
        if place is None:
            fresh = {**ADDRESS.blank, "AddressType": "bo_BillTo", **one, "BPCode": code}
            if not fresh["AddressName"]:
                raise invalid(f"Address name is missing  {at('CRD1', 'Address')}")
            fresh["RowNum"] = max((a["RowNum"] for a in addresses), default=-1) + 1
            addresses.append(fresh)
        else:
            addresses[place] = {**addresses[place], **one, "BPCode": code}
    if not all(is_state(one["Country"], one["State"]) for one in addresses):
        raise no_match()
    names = [(one["AddressName"], one["AddressType"]) for one in addresses]
    if len(set(names)) < len(names):
        raise exists_already()
    return addresses


def _place_of_address(addresses: list[Row], one: Row) -> int | None:
    """Where the address is that a body means; two new ones of one name are no merge but a clash."""
    number = one.get("RowNum")
    name = (one.get("AddressName"), one.get("AddressType") or "bo_BillTo")
    for place, known in enumerate(addresses):
        if number is not None and known["RowNum"] == number:
            return place
        if number is None and (known["AddressName"], known["AddressType"]) == name:
            return place
    return None


def _merged_contacts(books: Books, kept: list[Row], given: list[Row], code: str) -> list[Row]:
    contacts = list(kept)
    for one in given:
        number, name = one.get("InternalCode"), one.get("Name")
        same = (
            place
            for place, known in enumerate(contacts)
            if (known["InternalCode"] == number if number is not None else known["Name"] == name)
        )
        place = next(same, None)
        if place is None:
            fresh = {**CONTACT.blank, "Active": "tYES", **one, "CardCode": code}
            if not fresh["Name"]:
                raise invalid(f"Contact name is missing  {at('OCPR', 'Name')}")
            fresh["InternalCode"] = books.next_number("contact")
            contacts.append(fresh)
        else:
            contacts[place] = {**contacts[place], **one}
    names = [contact["Name"] for contact in contacts]
    if len(set(names)) < len(names):
        raise exists_already()
    return contacts

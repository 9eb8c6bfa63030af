"""Customers and contacts: the forms AR303000 and CR302000."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.acumatica import company
from sandbox.acumatica.books import Books
from sandbox.acumatica.checks import Context, Problems
from sandbox.acumatica.forms import Action, Form, merged, new_values
from sandbox.acumatica.ledger_views import owed
from sandbox.acumatica.records import ZERO, Record
from sandbox.acumatica.refusals import invalid, unknown_value
from sandbox.acumatica.shapes_masters import CONTACT, CUSTOMER

_CONTACTS = ("MainContact", "BillingContact", "ShippingContact")
_DONE = frozenset({"Completed", "Canceled"})


@dataclass(frozen=True)
class Customers(Form):
    """The form AR303000."""

    books: Books
    shape = CUSTOMER

    def create(self, sent: dict[str, Any], _: Context) -> Record:
        """Opens an account. Raises Invalid."""
        settings = self.books.settings
        self._check(sent, new=True)
        code = str(sent.get("CustomerID") or "").strip().upper()
        number = self.books.next_number("customer")
        if settings.auto_number_customers:
            code = f"C{number}"
        elif not code:
            raise invalid("'Customer ID' cannot be empty.", "CustomerID")
        values = {
            "CustomerClass": settings.customer_class,
            "CurrencyID": settings.base_currency,
            "TaxZone": settings.default_tax_zone,
            "Terms": "30D",
            "LocationName": "Primary Location",
            "EnableCurrencyOverride": False,
            "StatementType": "Open Item",
            "Attributes": [],
            "Contacts": [],
            **{k: v for k, v in new_values(CUSTOMER, sent).items() if v not in (None, [])},
            "CustomerID": code,
            "BAccountID": int(number),
            "Status": "Active",
        }
        self._settle(values, sent)
        return self.books.add("Customer", (code,), values)

    def update(self, record: Record, sent: dict[str, Any], _: Context) -> Record:
        """Changes an account. Raises Invalid."""
        self._check(sent, new=False)
        values = merged(CUSTOMER, record.values, sent)
        self._settle(values, sent)
        return self.books.change(record, **values)

    def present(self, record: Record) -> dict[str, Any]:
        """The account with its credit as it is now."""
        limit = record["CreditLimit"] or ZERO
        orders = (
            one["Totals"]["UnpaidBalance"]
            for one in self.books.records.get("SalesOrder", {}).values()
            if one["CustomerID"] == record["CustomerID"] and one["Status"] not in _DONE
        )
        pending = sum(orders, ZERO)
        rules = {
            "CreditVerification": "Credit Limit" if limit else "Disabled",
            "CreditLimit": limit,
            "OpenOrdersBalance": pending,
            "UnreleasedBalance": ZERO,
            "RemainingCreditLimit": limit - pending - owed(self.books, record["CustomerID"]),
        }
        return {**record.values, "CreditVerificationRules": rules}

    @property
    def actions(self) -> Mapping[str, Action]:
        """None that the stand-in has."""
        return {}

    def _check(self, sent: dict[str, Any], *, new: bool) -> None:
        problems = Problems()
        required = ("CustomerName", *self.books.settings.required_customer_fields)
        for name in required:
            with problems.at(name):
                if (new or name in sent) and not sent.get(name):
                    raise invalid(f"'{_caption(name)}' cannot be empty.")
        for name, known in (
            ("CustomerClass", company.CUSTOMER_CLASSES),
            ("CurrencyID", company.CURRENCIES),
            ("TaxZone", company.TAX_ZONES),
            ("Terms", company.TERMS),
        ):
            with problems.at(name):
                if sent.get(name) and str(sent[name]).strip().upper() not in known:
                    raise unknown_value(_caption(name), sent[name])
        for name in _CONTACTS:
            with problems.at(name, "Address"):
                check_address(self.books, (sent.get(name) or {}).get("Address") or {})
        problems.end()

    def _settle(self, values: dict[str, Any], sent: dict[str, Any]) -> None:
        """One e-mail for the account and its main contact; other contacts follow the main one."""
        main = dict(values.get("MainContact") or {})
        if "Email" in sent and "Email" not in (sent.get("MainContact") or {}):
            main["Email"] = sent["Email"]
        main.setdefault("FullName", values.get("CustomerName"))
        values |= {"MainContact": main, "Email": main.get("Email")}
        for name in ("Billing", "Shipping"):
            overridden = values.get(f"{name}ContactOverride")
            moved = values.get(f"{name}AddressOverride")
            own = dict(values.get(f"{name}Contact") or {}) if overridden else dict(main)
            if moved and values.get(f"{name}Contact"):
                own["Address"] = values[f"{name}Contact"].get("Address")
            elif not moved:
                own["Address"] = main.get("Address")
            values[f"{name}Contact"] = own


@dataclass(frozen=True)
class Contacts(Form):
    """The form CR302000."""

    books: Books
    shape = CONTACT

    def create(self, sent: dict[str, Any], _: Context) -> Record:
        """Enters a contact. Raises Invalid."""
        self._check(sent, new=True)
        number = int(self.books.next_number("contact"))
        values = new_values(CONTACT, sent) | {"ContactID": number, "Status": "Active"}
        return self.books.add("Contact", (str(number),), self._named(values))

    def update(self, record: Record, sent: dict[str, Any], _: Context) -> Record:
        """Changes a contact. Raises Invalid."""
        self._check(sent, new=False)
        return self.books.change(record, **self._named(merged(CONTACT, record.values, sent)))

    def present(self, record: Record) -> dict[str, Any]:
        """The contact as it is filed."""
        return record.values

    @property
    def actions(self) -> Mapping[str, Action]:
        """None that the stand-in has."""
        return {}

    def _check(self, sent: dict[str, Any], *, new: bool) -> None:
        problems = Problems()
        with problems.at("LastName"):
            if (new or "LastName" in sent) and not sent.get("LastName"):
                raise invalid("'Last Name' cannot be empty.")
        with problems.at("BusinessAccount"):
            account = sent.get("BusinessAccount")
            if account and self.books.find("Customer", str(account)) is None:
                raise unknown_value("Business Account", account)
        with problems.at("Address"):
            check_address(self.books, sent.get("Address") or {})
        problems.end()

    def _named(self, values: dict[str, Any]) -> dict[str, Any]:
        parts = (values.get("FirstName"), values.get("LastName"))
        return {**values, "DisplayName": " ".join(part for part in parts if part)}


def check_address(books: Books, address: dict[str, Any]) -> None:
    """A country is a code of two letters; a state is a code where states are validated."""
    country, state = address.get("Country"), address.get("State")
    if country and not (len(country) == 2 and country.isalpha()):
        raise unknown_value("Country", country, "Country")
    if state and books.settings.state_codes_only and len(state) > 3:
        raise unknown_value("State", state, "State")


def _caption(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)

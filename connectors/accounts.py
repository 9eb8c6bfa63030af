"""Which account of an ERP a web order may be booked to: the same refusals in every system."""

from collections.abc import Mapping

from connectors.errors import Rejected
from domain.customer import ErpCustomer
from domain.document import SalesDocument
from domain.hold import HoldCode


def standing_account(strategy: str, web_customers: Mapping[str, str], currency: str) -> str:
    """Return the account to which every web order in that currency goes; empty: one account each.

    Raises:
        Rejected: every order is to go to one, but there is none in that currency.
    """
    if strategy != "single":
        return ""
    code = web_customers.get(currency)
    if code is None:
        raise Rejected(
            f"There is no web customer for orders in {currency}.",
            hold=HoldCode.CURRENCY_DIFFERS,
            remedy=f"Name one in web_customers.{currency} of the connection's erp settings.",
        )
    return code


def require_account(
    account: ErpCustomer | None, document: SalesDocument, *, system: str, remedy: str
) -> None:
    """Refuse an account that does not exist, or is kept in another currency than the document's.

    `remedy` says what to do about the currency.

    Raises:
        Rejected: it is one of these.
    """
    if account is None:
        raise Rejected(
            f"Customer {document.customer} does not exist in {system}.",
            hold=HoldCode.CUSTOMER_UNKNOWN,
            remedy="Map the buyer to another customer, or open this one; then retry.",
        )
    currency = document.total.currency
    if account.currency != currency:
        raise Rejected(
            f"Customer {account.code} is kept in {account.currency}, order "
            f"{document.order_number} is in {currency}.",
            hold=HoldCode.CURRENCY_DIFFERS,
            remedy=remedy,
        )

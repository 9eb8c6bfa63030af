"""The seeded company: the codes that documents must use, and how sales reach the general ledger."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

AccountType = Literal["A", "L", "C", "R", "E", "S"]

DEBTORS = "1100"
STOCK = "1300"
EXCHANGE = "5900"
BANK_CHARGES = "5950"
DISCOUNT = "5960"
COST_OF_SALES = "5000"
TAX = "2200"
SUSPENSE_REVENUE = "4999"


@dataclass(frozen=True)
class Account:
    """A row of GenMaster."""

    code: str
    description: str
    kind: AccountType
    control: bool = False
    on_hold: bool = False


@dataclass(frozen=True)
class SalesInterface:
    """A row of the sales ledger interface, read through IMPQ29; blank is any."""

    branch: str
    product_class: str
    area: str
    sales_account: str
    cost_account: str = COST_OF_SALES


@dataclass(frozen=True)
class Bank:
    """A cash book bank: each way of paying has its clearing account."""

    code: str
    description: str
    account: str


BRANCHES = {"10": "United States", "20": "Europe", "30": "Wholesale"}
AREAS = {"N": "North", "S": "South", "EX": "Export"}
SALESPERSONS = {"100": "Web store", "200": "Wholesale desk"}
TERMS = {"0": "Due at once", "30": "30 days"}
WAREHOUSES = {"FG": "Finished goods", "E": "East", "P0": "Production"}
CUSTOMER_CLASSES = {"": "None", "WEB": "Web", "TRADE": "Trade"}
TAX_CODES = {"E": Decimal("0"), "A": Decimal("20.00"), "B": Decimal("7.25")}
# Local currency units for one unit of the currency.
RATES = {
    "USD": Decimal("1"),
    "EUR": Decimal("1.0850"),
    "GBP": Decimal("1.2700"),
    "JPY": Decimal("0.0067"),
    "ZAR": Decimal("0.0550"),
}
BANKS = (
    Bank("CARD", "Card processor clearing", "1210"),
    Bank("GIFT", "Gift certificates redeemed", "2310"),
    Bank("CREDIT", "Store credit redeemed", "2320"),
    Bank("CASH", "Cash and offline", "1230"),
    Bank("PAYPAL", "PayPal clearing", "1240"),
    Bank("FB", "First Bank", "1250"),
)
_REVENUE = {
    "GOODS": ("00", "Goods"),
    "DIGITAL": ("10", "Digital goods"),
    "SERVICE": ("15", "Services"),
    "FREIGHT": ("20", "Shipping"),
    "FEES": ("30", "Handling and fees"),
    "WRAP": ("40", "Gift wrapping"),
    "GIFTCERT": ("50", "Gift certificates sold"),
    "TAX": ("60", "Sales tax collected on orders"),
    "DISCOUNT": ("70", "Discounts given"),
    "ROUNDING": ("90", "Rounding"),
}
_BRANCH_PREFIX = {"10": "40", "20": "41", "30": "42"}


def product_classes(extra: tuple[str, ...] = ()) -> dict[str, str]:
    """Every product class with its description."""
    known = {code: text for code, (_, text) in _REVENUE.items()}
    return known | {code: code.title() for code in extra if code not in known}


def interfaces(classes: dict[str, str]) -> tuple[SalesInterface, ...]:
    """One row per branch and product class, and exports of goods apart."""
    rows = [
        SalesInterface(branch, code, "", _revenue_account(branch, code))
        for branch in BRANCHES
        for code in classes
    ]
    rows.append(SalesInterface("10", "GOODS", "EX", "4005"))
    return tuple(rows)


def accounts(classes: dict[str, str]) -> dict[str, Account]:
    """The chart of accounts."""
    chart = [
        Account(DEBTORS, "Accounts receivable control", "A", control=True),
        Account(STOCK, "Stock control", "A", control=True),
        Account(TAX, "Sales tax payable", "L"),
        Account("3100", "Retained earnings", "C"),
        Account("4005", "Goods, export", "R"),
        Account("4800", "Old web sales", "R", on_hold=True),
        Account(SUSPENSE_REVENUE, "Unmapped revenue", "R"),
        Account(COST_OF_SALES, "Cost of sales", "E"),
        Account(EXCHANGE, "Exchange differences", "E"),
        Account(BANK_CHARGES, "Bank charges", "E"),
        Account(DISCOUNT, "Settlement discount", "E"),
        Account("9000", "Orders taken, units", "S"),
        *(Account(b.account, b.description, "L" if b.account[0] == "2" else "A") for b in BANKS),
        *(
            Account(_revenue_account(branch, code), f"{text}, {BRANCHES[branch]}", "R")
            for branch in BRANCHES
            for code, text in classes.items()
        ),
    ]
    return {account.code: account for account in chart}


def _revenue_account(branch: str, product_class: str) -> str:
    ending = _REVENUE[product_class][0] if product_class in _REVENUE else f"-{product_class}"
    return f"{_BRANCH_PREFIX[branch]}{ending}"

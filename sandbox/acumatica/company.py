"""The seeded tenant: the codes that documents must use."""

from dataclasses import dataclass
from decimal import Decimal

RECEIVABLES = "11000"
TAX_PAYABLE = "20500"
FREIGHT_INCOME = "40500"

BRANCHES = {"MAIN": "Head office", "WEST": "West"}
WAREHOUSES = {"MAIN": "Main warehouse", "EAST": "East", "OUTLET": "Outlet"}
CURRENCIES = {
    "USD": Decimal(1),
    "EUR": Decimal("1.0850"),
    "GBP": Decimal("1.2700"),
    "JPY": Decimal("0.0067"),
}
"""Units of the base currency for one of each."""
CUSTOMER_CLASSES = {"WEB": "Web customers", "TRADE": "Trade customers"}
TERMS = {"0D": 0, "30D": 30}
"""Days; the endpoint does not expose them."""


@dataclass(frozen=True)
class OrderType:
    """A predefined order type."""

    code: str
    description: str
    returns: bool = False
    """Its lines come back: it is invoiced by a credit memo."""
    ships: bool = True


ORDER_TYPES = {
    one.code: one
    for one in (
        OrderType("SO", "Sales order"),
        OrderType("EO", "Web order"),
        OrderType("IN", "Invoice order", ships=False),
        OrderType("RC", "Return for credit", returns=True),
        OrderType("CM", "Credit memo", returns=True, ships=False),
    )
}


@dataclass(frozen=True)
class CashAccount:
    """A cash account and the payment methods that may use it, its default ones first."""

    code: str
    description: str
    methods: tuple[str, ...]
    currency: str = "USD"


CASH_ACCOUNTS = {
    one.code: one
    for one in (
        CashAccount("10200", "Company checking", ("CASH", "CHECK")),
        CashAccount("10600", "Card processor clearing", ("STORECC",)),
        CashAccount("10610", "Card processor clearing EUR", ("STORECC",), "EUR"),
        CashAccount("10620", "Card processor clearing JPY", ("STORECC",), "JPY"),
        CashAccount("10650", "PayPal clearing", ("PAYPAL",)),
        CashAccount("10700", "Store credit redeemed", ("STORECR",)),
        CashAccount("10710", "Gift certificates redeemed", ("GIFTCERT",)),
    )
}
PAYMENT_METHODS = {
    "STORECC": "Card, captured by the store",
    "CASH": "Cash and offline",
    "CHECK": "Check",
    "PAYPAL": "PayPal",
    "STORECR": "Store credit",
    "GIFTCERT": "Gift certificate",
    "WIRE": "Wire, for vendors",
}
RECEIVABLES_METHODS = frozenset(PAYMENT_METHODS) - {"WIRE"}

TAXES = {"STORETAX": Decimal(0), "SALESTAX": Decimal("7.25"), "USETAX": Decimal("6.00")}
"""Rate in percent. The rate of STORETAX is nought: its amount comes with the order."""


@dataclass(frozen=True)
class Zone:
    """A tax zone. In an external one taxes are taken as they are sent."""

    code: str
    description: str
    taxes: tuple[str, ...]
    external: bool = False


TAX_ZONES = {
    one.code: one
    for one in (
        Zone("STOREZONE", "Tax as charged by the store", ("STORETAX",), external=True),
        Zone("DOMESTIC", "Domestic sales", ("SALESTAX",)),
        Zone("EXEMPT", "No tax", ()),
    )
}


@dataclass(frozen=True)
class Service:
    """A non-stock item of the tenant for what is charged beside goods."""

    code: str
    description: str
    account: str


SERVICES = (
    Service("FREIGHT", "Shipping charged", "40500"),
    Service("FEES", "Handling and fees", "40600"),
    Service("WRAP", "Gift wrapping", "40700"),
    Service("GIFTCERT", "Gift certificate sold", "20700"),
    Service("ROUNDING", "Rounding", "49000"),
    Service("DISCOUNT", "Discount given", "49100"),
    Service("ADJUST", "Order edited in the store", "49200"),
)
SALES_ACCOUNTS = {"GOODS": "40000", "DIGITAL": "40100", "SERVICE": "40200"}

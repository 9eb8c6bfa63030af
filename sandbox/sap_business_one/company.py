"""The seeded company: the codes that documents must use, and the accounts that they reach."""

from dataclasses import dataclass
from decimal import Decimal

from sandbox.sap_business_one.entity_types import Row

RECEIVABLES = "140000"
STOCK = "130000"
TAX = "220000"
COST_OF_SALES = "500000"
EXCHANGE = "590000"
ROUNDING = "590010"
DISCOUNT = "400900"

WAREHOUSES = {"01": "General warehouse", "02": "West coast", "03": "Returns"}
BRANCHES = {1: "Main", 2: "Europe"}
PRICE_LISTS = {1: "Base price", 2: "Web shop", 3: "Wholesale"}
WEB_SALE_LIST = 2
# How many decimals an amount has; lines are rounded to them.
CURRENCIES = {"USD": 2, "EUR": 2, "GBP": 2, "JPY": 0, "ZAR": 2, "CAD": 2, "AUD": 2, "BHD": 3}
# Local currency for one unit; one that is absent has no rate today.
RATES = {
    "EUR": Decimal("1.0850"),
    "GBP": Decimal("1.2700"),
    "JPY": Decimal("0.0067"),
    "ZAR": Decimal("0.0550"),
    "CAD": Decimal("0.7300"),
    "AUD": Decimal("0.6600"),
}
# Sales tax codes and VAT groups are the same codes here: a company has one kind or the other.
TAX_RATES = {
    "EX": Decimal("0"),
    "WEB": Decimal("0"),
    "CA": Decimal("8.25"),
    "NY": Decimal("8.875"),
    "S1": Decimal("20"),
    "S0": Decimal("0"),
}
TAX_NAMES = {"EX": "Exempt", "WEB": "As the web store says", "S1": "Standard", "S0": "Zero"}
SERIES = {
    "Orders": (17, 1),
    "DeliveryNotes": (15, 1),
    "Invoices": (13, 1),
    "CreditNotes": (14, 1),
    "Drafts": (112, 1),
    "IncomingPayments": (24, 1),
    "VendorPayments": (46, 1),
}
"""The default series of a set and the first number it gives."""
WEB_SERIES = 80
"""A series of every set for web documents; it numbers from 800000."""

SERVICE_ITEMS = {
    "FREIGHT": ("Shipping", "420010"),
    "HANDLING": ("Handling", "420020"),
    "WRAPPING": ("Gift wrapping", "420030"),
    "FEES": ("Fees", "420020"),
    "GIFTCERT": ("Gift certificate sold", "212030"),
    "ROUNDING": ("Rounding", ROUNDING),
    "SALESTAX": ("Sales tax of the web store", TAX),
    "PLACEHOLDER": ("Item not in the catalogue", "400010"),
}
"""Items without stock, for what is charged beside goods: code, name, revenue account."""


@dataclass(frozen=True)
class Expense:
    """A kind of freight."""

    code: int
    name: str
    account: str


EXPENSES = (
    Expense(1, "Shipping", "420010"),
    Expense(2, "Handling", "420020"),
    Expense(3, "Gift wrapping", "420030"),
    Expense(4, "Sales tax", TAX),
    Expense(5, "Rounding", ROUNDING),
)
_ACCOUNTS = {
    RECEIVABLES: ("Trade receivables", "at_Other"),
    STOCK: ("Finished goods", "at_Other"),
    "161010": ("Card processor clearing", "at_Other"),
    "161020": ("Cash and offline", "at_Other"),
    "161030": ("PayPal clearing", "at_Other"),
    "161040": ("Main bank", "at_Other"),
    "212010": ("Store credit redeemed", "at_Other"),
    "212020": ("Gift certificates redeemed", "at_Other"),
    "212030": ("Gift certificates sold", "at_Other"),
    TAX: ("Sales tax payable", "at_Other"),
    "310000": ("Retained earnings", "at_Other"),
    "400010": ("Sales, goods", "at_Revenues"),
    "400020": ("Sales, digital goods", "at_Revenues"),
    "400030": ("Sales, services", "at_Revenues"),
    "400800": ("Old web sales", "at_Revenues"),
    DISCOUNT: ("Discounts given", "at_Revenues"),
    "420010": ("Shipping charged", "at_Revenues"),
    "420020": ("Handling and fees", "at_Revenues"),
    "420030": ("Gift wrapping", "at_Revenues"),
    COST_OF_SALES: ("Cost of goods sold", "at_Expenses"),
    EXCHANGE: ("Exchange differences", "at_Expenses"),
    ROUNDING: ("Rounding", "at_Expenses"),
}
_INACTIVE = frozenset({"400800"})
_CLASS_REVENUE = {"GOODS": "400010", "DIGITAL": "400020", "SERVICE": "400030"}


def revenue_of(product_class: str) -> str:
    """The revenue account of an article."""
    return _CLASS_REVENUE[product_class]


def accounts() -> dict[str, Row]:
    """The chart of accounts."""
    return {
        code: {
            "Code": code,
            "Name": name,
            "AcctCurrency": "##",
            "FormatCode": code,
            "ActiveAccount": "tYES",
            "CashAccount": "tYES" if code.startswith("161") else "tNO",
            "LockManualTransaction": "tYES" if code == RECEIVABLES else "tNO",
            "FrozenFor": "tYES" if code in _INACTIVE else "tNO",
            "ValidFor": "tNO" if code in _INACTIVE else "tYES",
            "AccountType": kind,
        }
        for code, (name, kind) in _ACCOUNTS.items()
    }


def warehouses() -> dict[str, Row]:
    """The warehouses."""
    return {
        code: {
            "WarehouseCode": code,
            "WarehouseName": name,
            "BusinessPlaceID": 1,
            "Inactive": "tNO",
            "DropShip": "tNO",
            "Nettable": "tYES",
            "EnableBinLocations": "tNO",
            "Country": "US",
        }
        for code, name in WAREHOUSES.items()
    }


def expenses() -> dict[int, Row]:
    """The kinds of freight."""
    return {
        one.code: {
            "ExpensCode": one.code,
            "Name": one.name,
            "RevenuesAccount": one.account,
            "ExpenseAccount": one.account,
            "TaxLiable": "tYES",
            "DataVersion": 1,
        }
        for one in EXPENSES
    }


def price_lists(currency: str) -> dict[int, Row]:
    """The price lists."""
    return {
        number: {
            "PriceListNo": number,
            "PriceListName": name,
            "BasePriceList": 1,
            "Factor": Decimal(1),
            "IsGrossPrice": "tNO",
            "Active": "tYES",
            "DefaultPrimeCurrency": currency,
        }
        for number, name in PRICE_LISTS.items()
    }


def tax_codes() -> dict[str, Row]:
    """The sales tax codes of a company whose documents carry `TaxCode`."""
    return {
        code: {
            "Code": code,
            "Name": TAX_NAMES.get(code, code),
            "Rate": rate,
            "ValidForAR": "tYES",
            "ValidForAP": "tYES",
            "Freight": "tYES",
            "Inactive": "tNO",
        }
        for code, rate in TAX_RATES.items()
    }


def vat_groups() -> dict[str, Row]:
    """The VAT groups of a company whose documents carry `VatGroup`."""
    return {
        code: {
            "Code": code,
            "Name": TAX_NAMES.get(code, code),
            "Category": "bovcOutputTax",
            "TaxAccount": TAX,
            "Inactive": "tNO",
            "VatGroups_Lines": [{"Rate": rate, "Effectivefrom": None}],
        }
        for code, rate in TAX_RATES.items()
    }


def currencies() -> dict[str, Row]:
    """The currencies on file, each with the code that documents print."""
    return {code: {"Code": code, "Name": code, "DocumentsCode": code} for code in CURRENCIES}


def branches() -> dict[int, Row]:
    """The departments' branches of the company; documents name a business place, not these."""
    return {
        number: {"Code": number, "Name": name, "Description": name}
        for number, name in BRANCHES.items()
    }


def business_places() -> dict[int, Row]:
    """What `BPL_IDAssignedToInvoice` names."""
    return {
        number: {
            "BPLID": number,
            "BPLName": name,
            "DefaultWarehouseID": "01",
            "MainBPL": "tYES" if number == 1 else "tNO",
            "Disabled": "tNO",
        }
        for number, name in BRANCHES.items()
    }

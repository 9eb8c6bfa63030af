"""What a fresh tenant has on file: warehouses, ways of paying, taxes, items, customers."""

from decimal import Decimal
from typing import Any

from sandbox.acumatica import company
from sandbox.acumatica.books import Books
from sandbox.acumatica.records import CENT
from sandbox.acumatica.stock import move_stock
from sandbox.assortment import ASSORTMENT, Product

_VALUATIONS = ("Average", "Standard", "FIFO")


def seed_company(books: Books) -> None:
    """Files what documents refer to."""
    for code, name in company.WAREHOUSES.items():
        place = {"id": books.next_row_id(), "LocationID": "R1S1", "Active": True}
        values = {"Description": name, "Active": True, "Locations": [place]}
        books.add("Warehouse", (code,), {"WarehouseID": code, **values})
    for code, name in company.PAYMENT_METHODS.items():
        books.add("PaymentMethod", (code,), _payment_method(books, code, name))
    for code, rate in company.TAXES.items():
        schedule = {"id": books.next_row_id(), "TaxID": code, "TaxRate": rate, "RevisionID": 1}
        values = {"Description": code.title(), "TaxType": "Sales", "TaxSchedule": [schedule]}
        books.add("Tax", (code,), {"TaxID": code, **values})
    for code, zone in company.TAX_ZONES.items():
        rows = [{"id": books.next_row_id(), "TaxID": tax} for tax in zone.taxes]
        values = {"Description": zone.description, "ApplicableTaxes": rows}
        books.add("TaxZone", (code,), {"TaxZoneID": code, **values})


def seed_items(books: Books) -> None:
    """Files the assortment, and the services for what is charged beside goods."""
    for place, product in enumerate(ASSORTMENT):
        if product.product_class == "GOODS":
            cost = (product.price * 2 / 5).quantize(CENT)
            add_stock_item(
                books, product, cost=cost, valuation=_VALUATIONS[place % len(_VALUATIONS)]
            )
        else:
            account = company.SALES_ACCOUNTS[product.product_class]
            add_service(books, product.sku, product.name, account, price=product.price)
    for service in company.SERVICES:
        add_service(books, service.code, service.description, service.account)


def add_stock_item(
    books: Books, product: Product, *, cost: Decimal | None, valuation: str = "Average"
) -> None:
    """Files a stock item with all its stock in the default warehouse. No cost: it is unknown."""
    costs: dict[str, Any] = {
        "AverageCost": cost if valuation == "Average" else None,
        "CurrentStdCost": cost if valuation == "Standard" else None,
        "LastCost": cost,
    }
    values: dict[str, Any] = {
        "InventoryID": product.sku.upper(),
        "Description": product.name,
        "ItemStatus": "Active",
        "ItemType": "Finished Good",
        "ItemClass": "GOODS",
        "BaseUOM": "EA",
        "SalesUOM": "EA",
        "PurchaseUOM": "EA",
        "DefaultPrice": product.price,
        "CurySpecificPrice": product.price,
        "MSRP": product.price,
        "ValuationMethod": valuation,
        "TaxCategory": "TAXABLE",
        "DefaultWarehouseID": books.settings.default_warehouse,
        "SalesAccount": company.SALES_ACCOUNTS["GOODS"],
        "DimensionWeight": product.weight,
        "CrossReferences": [],
        **costs,
    }
    books.add("StockItem", (product.sku,), values)
    for warehouse in company.WAREHOUSES:
        held = product.stock if warehouse == books.settings.default_warehouse else 0
        move_stock(books, values["InventoryID"], warehouse, Decimal(held))


def add_service(
    books: Books, code: str, name: str, account: str, *, price: Decimal | None = None
) -> None:
    """Files a non-stock item."""
    values = {
        "InventoryID": code.upper(),
        "Description": name,
        "ItemStatus": "Active",
        "ItemType": "Service",
        "ItemClass": "SERVICES",
        "BaseUnit": "EA",
        "SalesUnit": "EA",
        "DefaultPrice": price,
        "CurySpecificPrice": price,
        "TaxCategory": "TAXABLE",
        "SalesAccount": account,
        "RequireShipment": False,
        "CrossReferences": [],
    }
    books.add("NonStockItem", (code,), values)


def add_customer(
    books: Books, code: str, *, name: str, currency: str, email: str, credit_limit: Decimal
) -> None:
    """Files a customer."""
    contact = {"FullName": name, "Email": email, "Address": {"Country": "US"}}
    values = {
        "CustomerID": code.upper(),
        "CustomerName": name,
        "CustomerClass": books.settings.customer_class,
        "CurrencyID": currency,
        "EnableCurrencyOverride": False,
        "Status": "Active",
        "Terms": "30D",
        "TaxZone": books.settings.default_tax_zone,
        "CreditLimit": credit_limit,
        "Email": email,
        "MainContact": contact,
        "BillingContact": contact,
        "ShippingContact": contact,
        "BAccountID": int(books.next_number("customer")),
        "Attributes": [],
        "Contacts": [],
    }
    books.add("Customer", (code,), values)


def _payment_method(books: Books, code: str, name: str) -> dict[str, Any]:
    accounts = [one for one in company.CASH_ACCOUNTS.values() if code in one.methods]
    return {
        "PaymentMethodID": code,
        "Description": name,
        "Active": True,
        "MeansOfPayment": "Cash/Check",
        "UseInAR": code in company.RECEIVABLES_METHODS,
        "UseInAP": code not in company.RECEIVABLES_METHODS,
        "IntegratedProcessing": False,
        "AllowedCashAccounts": [
            {
                "id": books.next_row_id(),
                "CashAccount": one.code,
                "Description": one.description,
                "PaymentMethod": code,
                "Branch": books.settings.default_branch,
                "UseInAR": True,
                "ARDefault": place == 0,
            }
            for place, one in enumerate(accounts)
        ],
    }

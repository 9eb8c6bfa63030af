"""What somebody at the company does while we are not looking: accounts, periods, stock."""

from decimal import Decimal

from sandbox.assortment import ASSORTMENT
from sandbox.common_contacts import CommonContact, under
from sandbox.sap_business_one import company
from sandbox.sap_business_one.access import GUEST, GUEST_EUR
from sandbox.sap_business_one.books import CENT, Books
from sandbox.sap_business_one.catalogue import add_item, change_item
from sandbox.sap_business_one.documents import approve
from sandbox.sap_business_one.entity_types import Row
from sandbox.sap_business_one.partners import add_partner, change_partner
from sandbox.sap_business_one.settings import SapSettings

_USER_FIELD_TABLES = ("OINV", "INV1", "ORCT", "OVPM", "OCRD")
OPENING = ("opening", 0)
_PARTNER = {"name": "CardName", "email": "EmailAddress", "phone": "Phone1"}
_PLACE = {
    "street": "Street",
    "city": "City",
    "state": "State",
    "postcode": "ZipCode",
    "country": "Country",
}


def _bill_to(row: Row) -> Row:
    kind, name = "bo_BillTo", row["BilltoDefault"]
    found = (a for a in row["BPAddresses"] if (a["AddressType"], a["AddressName"]) == (kind, name))
    return next(found, {})


class Knobs:
    """The hands inside the company. Raises KeyError for codes that do not exist."""

    settings: SapSettings
    books: Books

    def seed(self) -> None:
        """Files what a fresh company has."""
        for table in _USER_FIELD_TABLES:
            self.add_user_field(self.settings.user_field, table=table)
        self.add_partner(GUEST, name="Web store", email="web@example.com")
        self.add_partner(GUEST_EUR, name="Web store Europe", currency="EUR")
        for product in ASSORTMENT:
            self.add_item(
                product.sku,
                name=product.name,
                price=product.price,
                product_class=product.product_class,
                stock=product.stock,
                weight=product.weight,
            )
        for code, (name, account) in company.SERVICE_ITEMS.items():
            item = {"ItemCode": code, "ItemName": name, "IncomeAccount": account}
            add_item(self.books, {**item, "InventoryItem": "tNO", "ItemPrices": []})

    def add_partner(self, code: str, *, name: str, currency: str = "USD", email: str = "") -> None:
        """Files a customer; `##` is an account for every currency."""
        body: Row = {"CardCode": code, "CardName": name, "Currency": currency}
        add_partner(self.books, {**body, "EmailAddress": email or None})

    def contact_of(self, code: str) -> CommonContact:
        """Whom a customer's account is for; the address is its usual one for bills."""
        row = self.books.partners[code]
        place = _bill_to(row)
        shown = {name: row[field] or "" for name, field in _PARTNER.items()}
        shown |= {name: place.get(field) or "" for name, field in _PLACE.items()}
        return CommonContact(**shown)

    def change_contact(self, code: str, **changes: str) -> None:
        """A person changes a customer. Raises KeyError for a field that there is none of."""
        place = {name: value for name, value in changes.items() if name in _PLACE}
        rest = {name: value for name, value in changes.items() if name not in _PLACE}
        body: Row = {**under(_PARTNER, rest)}
        if place:
            known = _bill_to(self.books.partners[code])
            body["BPAddresses"] = [{"RowNum": known["RowNum"], **under(_PLACE, place)}]
        change_partner(self.books, code, body, replace=False)

    def freeze_partner(self, code: str) -> None:
        """Puts a customer on hold."""
        change_partner(self.books, code, {"Frozen": "tYES"}, replace=False)

    def thaw_partner(self, code: str) -> None:
        """Takes a customer off hold."""
        change_partner(self.books, code, {"Frozen": "tNO"}, replace=False)

    def add_item(
        self,
        sku: str,
        *,
        name: str,
        price: Decimal,
        product_class: str = "GOODS",
        stock: int = 0,
        weight: Decimal = Decimal(0),
    ) -> None:
        """Files an item priced on every list, with its stock in the default warehouse."""
        cost = (Decimal(price) * 2 / 5).quantize(CENT)
        stocked = product_class == "GOODS"
        body: Row = {
            "ItemCode": sku,
            "ItemName": name,
            "IncomeAccount": company.revenue_of(product_class),
            "InventoryItem": "tYES" if stocked else "tNO",
            "AvgStdPrice": cost,
            "MovingAveragePrice": cost,
            "SalesUnitWeight": weight,
            "ItemPrices": [
                {"PriceList": number, "Price": Decimal(price)} for number in company.PRICE_LISTS
            ],
        }
        add_item(self.books, body)
        if stocked:
            for warehouse in company.WAREHOUSES:
                held = stock if warehouse == self.settings.default_warehouse else 0
                self.set_stock(sku, on_hand=held, warehouse=warehouse)

    def deactivate_item(self, sku: str) -> None:
        """Takes an item out of use."""
        change_item(self.books, sku, {"Valid": "tNO"})

    def approve_drafts(self) -> None:
        """Somebody approves and adds every document that waits as a draft."""
        for draft in list(self.books.documents["Drafts"].values()):
            if draft["AuthorizationStatus"] == "dasPending":
                approve(self.books, draft)

    def set_stock(self, sku: str, *, on_hand: int, warehouse: str = "01") -> None:
        """Counts a warehouse anew; what is committed stays."""
        if sku not in self.books.items:
            raise KeyError(sku)
        change = Decimal(on_hand) - self.books.level(sku, warehouse).in_stock
        self.books.move(sku, warehouse, change, OPENING)

    def available_in(self, warehouse: str) -> dict[str, Decimal]:
        """What may still be sold of each item in a warehouse."""
        return {
            sku: level.in_stock - level.committed
            for (sku, place), level in self.books.levels.items()
            if place == warehouse
        }

    def set_price(self, sku: str, *, price: Decimal, price_list: int = 1) -> None:
        """Writes a price into a list."""
        change_item(
            self.books,
            sku,
            {"ItemPrices": [{"PriceList": price_list, "Price": Decimal(price)}]},
        )

    def set_rate(self, currency: str, *, rate: Decimal) -> None:
        """Files today's rate of a currency, in local currency for one unit."""
        self.books.rates[currency] = Decimal(rate)

    def remove_rate(self, currency: str) -> None:
        """Nobody has filed today's rate."""
        self.books.rates.pop(currency, None)

    def close_period(self, year: int, month: int) -> None:
        """Locks a posting period."""
        self.books.closed.add((year, month))

    def open_period(self, year: int, month: int) -> None:
        """Opens a posting period again."""
        self.books.closed.discard((year, month))

    def add_user_field(self, name: str, *, table: str, width: int = 100) -> None:
        """Defines a user field, named without its `U_`; a document's covers all their kinds."""
        used = [number for known, number in self.books.user_fields if known == table]
        number = max(used, default=-1) + 1
        self.books.user_fields[(table, number)] = {
            "Name": name,
            "Description": name,
            "TableName": table,
            "FieldID": number,
            "Type": "db_Alpha",
            "SubType": "st_None",
            "Size": width,
            "EditSize": width,
            "Mandatory": "tNO",
        }

    def remove_user_field(self, name: str = "", *, table: str = "") -> None:
        """Deletes a user field, ours unless another is named, from every table or from one."""
        wanted = name or self.settings.user_field
        for (known, number), row in list(self.books.user_fields.items()):
            if row["Name"] == wanted and table in ("", known):
                del self.books.user_fields[(known, number)]

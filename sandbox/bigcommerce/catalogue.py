"""The store's products, what they cost and how many of them lie where."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from sandbox.assortment import ASSORTMENT, UNLISTED_SKU
from sandbox.bigcommerce.refusals import Refused
from sandbox.bigcommerce.settings import StoreSettings

Tracking = Literal["none", "product", "variant"]
Fire = Callable[[str, dict[str, Any]], None]
Item = tuple[Literal["product", "variant"], int]

DEFAULT_LOCATION = 1
LARGEST_QUANTITY = 2_147_483_647


@dataclass
class Variant:
    """What is sold. Its own prices are None where it inherits those of its product."""

    id: int
    product_id: int
    sku: str
    label: str = ""
    price: Decimal | None = None
    sale_price: Decimal | None = None
    cost_price: Decimal = Decimal(0)


@dataclass
class Product:
    """A product; a simple one has a base variant and no options."""

    id: int
    name: str
    sku: str
    price: Decimal
    tracking: Tracking
    digital: bool = False
    sale_price: Decimal = Decimal(0)
    cost_price: Decimal = Decimal(0)
    variants: list[Variant] = field(default_factory=list)
    simple: bool = True


@dataclass(frozen=True)
class Location:
    """Where stock lies. Number 1 is in every store."""

    id: int
    code: str
    label: str


class Catalogue:
    """Products and stock. Adjustments are applied a while after they were answered."""

    def __init__(self, settings: StoreSettings, fire: Fire) -> None:
        self._settings = settings
        self._fire = fire
        self.products: dict[int, Product] = {}
        self.variants: dict[int, Variant] = {}
        self.locations = {DEFAULT_LOCATION: Location(DEFAULT_LOCATION, "BC-LOCATION-1", "Default")}
        self.adjustments: list[int] = []
        """How many items each adjustment had that was accepted."""
        self.price_updates: list[int] = []
        """How many products or variants each update had that was accepted."""
        self._stock: dict[tuple[Item, int], int] = {}
        self._pending: list[tuple[float, dict[tuple[Item, int], int]]] = []
        self._by_sku: dict[str, Variant] = {}
        self._product_ids = itertools.count(77)
        self._variant_ids = itertools.count(300)
        for product in ASSORTMENT:
            tracked = product.product_class == "GOODS"
            self.add_product(
                product.sku,
                name=product.name,
                price=product.price,
                tracking="product" if tracked else "none",
            )
        self.add_product(UNLISTED_SKU, name="Mystery box", price=Decimal("20.00"))

    def add_location(self, label: str) -> int:
        """Opens another location; returns its id."""
        number = len(self.locations) + 1
        self.locations[number] = Location(number, f"BC-LOCATION-{number}", label)
        return number

    def add_product(
        self, sku: str, *, name: str = "", price: Decimal, tracking: Tracking = "product"
    ) -> int:
        """Adds a simple product; returns its id."""
        product = self._new(name or sku, sku, price, tracking)
        self._add_variant(product, sku, "")
        return product.id

    def add_product_with_options(
        self, name: str, skus: Sequence[str], *, price: Decimal, tracking: Tracking = "variant"
    ) -> int:
        """Adds a product with one option, whose values are its SKUs; returns its id."""
        product = self._new(name, f"{name}-PARENT", price, tracking)
        product.simple = False
        for sku in skus:
            self._add_variant(product, sku, sku)
        return product.id

    def variant_of(self, sku: str) -> Variant:
        """The variant of that SKU. Raises KeyError."""
        return self._by_sku[sku]

    def product_of(self, sku: str) -> Product:
        """The product of that SKU. Raises KeyError."""
        return self.products[self._by_sku[sku].product_id]

    def on_hand(self, sku: str, location: int = DEFAULT_LOCATION) -> int | None:
        """How many there are; None when nobody ever said."""
        self._apply_due()
        variant = self._by_sku[sku]
        return self._stock.get((self.stock_item(variant), location))

    def stock_item(self, variant: Variant) -> Item:
        """Under which identity the stock of a variant is kept."""
        if self.products[variant.product_id].tracking == "product":
            return ("product", variant.product_id)
        return ("variant", variant.id)

    def count(self, sku: str, quantity: int, location: int = DEFAULT_LOCATION) -> None:
        """The merchant sets a quantity by hand."""
        self._put((self.stock_item(self._by_sku[sku]), location), quantity)

    def sell(self, sku: str, quantity: int) -> None:
        """A sale takes from the default location, if the stock is tracked."""
        variant = self._by_sku.get(sku)
        if variant is None:
            return
        self._apply_due()
        key = (self.stock_item(variant), DEFAULT_LOCATION)
        if self.products[variant.product_id].tracking != "none" and key in self._stock:
            self._stock[key] = max(self._stock[key] - quantity, 0)
            self._tell(key[0], -quantity, scope="inventory/order/updated", method="relative")

    def adjust(self, wanted: dict[tuple[Item, int], int]) -> None:
        """Accepts an absolute adjustment, to be applied a while later."""
        due = self._settings.stopwatch() + self._settings.inventory_applies_after
        self._pending.append((due, wanted))
        self.adjustments.append(len(wanted))
        self._apply_due()

    def checked(self, item: Item, location: int, quantity: Any) -> None:
        """Raises Refused (422) where stock cannot be kept like that."""
        kind, number = item
        known = self.variants if kind == "variant" else self.products
        if number not in known:
            raise Refused(422, f"[{kind} with id {number} does not exist]")
        if location not in self.locations:
            raise Refused(422, f"[Location with id {location} does not exist]")
        if isinstance(quantity, bool) or not isinstance(quantity, int):
            raise Refused(422, "[quantity must be an integer]")
        if not 0 <= quantity <= LARGEST_QUANTITY:
            raise Refused(422, "[quantity is out of range]")
        product = self.products[number] if kind == "product" else self._product_of_variant(number)
        if product.tracking == "none":
            raise Refused(422, f"[Inventory of product {product.id} is not tracked]")
        if product.tracking != kind:
            raise Refused(
                422,
                f"[Item with {kind}_id {number} is tracked by {product.tracking}, please update "
                f"stock by {product.tracking} id]",
            )

    def _new(self, name: str, sku: str, price: Decimal, tracking: Tracking) -> Product:
        product = Product(next(self._product_ids), name, sku, price, tracking)
        self.products[product.id] = product
        return product

    def _add_variant(self, product: Product, sku: str, label: str) -> None:
        variant = Variant(next(self._variant_ids), product.id, sku, label)
        product.variants.append(variant)
        self.variants[variant.id] = self._by_sku[sku] = variant

    def _product_of_variant(self, number: int) -> Product:
        return self.products[self.variants[number].product_id]

    def _apply_due(self) -> None:
        now = self._settings.stopwatch()
        while self._pending and self._pending[0][0] <= now:
            for key, quantity in self._pending.pop(0)[1].items():
                self._put(key, quantity)

    def _put(self, key: tuple[Item, int], quantity: int) -> None:
        if self._stock.get(key) != quantity:
            self._stock[key] = quantity
            self._tell(key[0], quantity, scope="inventory/updated", method="absolute")

    def _tell(self, item: Item, value: int, *, scope: str, method: str) -> None:
        kind, number = item
        product = self.products[number] if kind == "product" else self._product_of_variant(number)
        inventory = {"product_id": product.id, "method": method, "value": value}
        if kind == "variant":
            inventory["variant_id"] = number
        name = "product" if kind == "product" else "sku"
        self._fire(f"store/{name}/{scope}", {"type": name, "id": number, "inventory": inventory})
        self._fire("store/product/updated", {"type": "product", "id": product.id})

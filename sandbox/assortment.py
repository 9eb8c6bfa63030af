"""The goods that every stand-in knows: what the store sells and the ERP keeps in stock."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Product:
    """One sellable article. The price excludes tax; the weight is in kilograms."""

    sku: str
    name: str
    price: Decimal
    product_class: str
    stock: int
    weight: Decimal


def _goods(sku: str, name: str, price: str, stock: int, weight: str) -> Product:
    return Product(sku, name, Decimal(price), "GOODS", stock, Decimal(weight))


def _digital(sku: str, name: str, price: str) -> Product:
    return Product(sku, name, Decimal(price), "DIGITAL", 100_000, Decimal(0))


def _service(sku: str, name: str, price: str) -> Product:
    return Product(sku, name, Decimal(price), "SERVICE", 100_000, Decimal(0))


ASSORTMENT: tuple[Product, ...] = (
    _goods("KETTLE-1L", "Enamel kettle, 1 litre", "38.50", 140, "0.900"),
    _goods("KETTLE-2L", "Enamel kettle, 2 litres", "49.95", 85, "1.400"),
    _goods("MUG-BLUE", "Stoneware mug, blue", "12.40", 600, "0.350"),
    _goods("MUG-WHITE", "Stoneware mug, white", "12.40", 540, "0.350"),
    _goods("TEA-SENCHA", "Sencha 煎茶, 100 g", "9.99", 320, "0.120"),
    _goods("TEA-ROOIBOS", "Rooibos, 250 g", "7.35", 410, "0.270"),
    _goods("COFFEE-HUILA", "Café de Huila, 500 g", "14.75", 260, "0.520"),
    _goods("COFFEE-JAVA", "Java Kopi, 500 g", "13.33", 190, "0.520"),
    _goods("GRINDER", "Hand grinder „Mühle“", "64.00", 55, "0.800"),
    _goods("FILTER-100", "Paper filters, 100 pieces", "3.10", 2000, "0.150"),
    _goods("SCALE", "Kitchen scale, 5 kg", "27.49", 75, "0.450"),
    _goods("TRAY-OAK", "Serving tray, oak", "33.00", 60, "1.100"),
    _goods("TOWEL-LINEN", "Linen towel „Łódź“", "11.05", 380, "0.200"),
    _goods("APRON", "Apron, waxed cotton", "42.95", 48, "0.600"),
    _goods("JAR-500", "Preserving jar, 500 ml", "4.45", 900, "0.380"),
    _goods("JAR-1000", "Preserving jar, 1000 ml", "5.95", 700, "0.560"),
    _goods("SPOON-SET", "Tasting spoons, set of 6", "18.60", 110, "0.240"),
    _goods("POT-CAST", "Cast-iron pot, 24 cm", "119.00", 22, "4.800"),
    _goods("KNIFE-15", "Chef’s knife, 15 cm", "88.88", 31, "0.210"),
    _goods("BOARD-BEECH", "Chopping board, beech", "24.25", 96, "1.700"),
    _goods("CANDLE", "Beeswax candle", "6.66", 450, "0.180"),
    _digital("EBOOK-BREW", "E-book: The Patient Brewer", "8.00"),
    _digital("COURSE-ROAST", "Video course: Roasting at home", "59.00"),
    _service("ENGRAVING", "Engraving, up to 20 letters", "15.00"),
)

UNLISTED_SKU = "MYSTERY-BOX"
"""Sold in the store, unknown to the ERP: an order with it has to be held, never shortened."""

"""The document that imports a sales order: header, and lines in the order they were bought."""

from pydantic_xml import element

from connectors.syspro.documents import Document, Text, Text10, Text20, Text40, Text50, Text255


class OrderParameters(Document, tag="Parameters"):
    """Parameters of SORTOI. Duplicates are refused per customer: our key is the order number."""

    process: str = element(tag="Process", default="Import")
    type_of_order: str = element(tag="TypeOfOrder")
    ignore_warnings: str = element(tag="IgnoreWarnings", default="N")
    duplicates: str = element(tag="AllowDuplicateOrderNumbers", default="N")
    allocation: str = element(tag="AllocationAction")
    use_price: str = element(tag="AlwaysUsePriceEntered", default="Y")
    zero_price: str = element(tag="AllowZeroPrice", default="Y")


class SalesOrderParameters(Document, tag="SalesOrders"):
    """Root of the parameters."""

    parameters: OrderParameters = element()


class OrderHeader(Document, tag="OrderHeader"):
    """Whose order, and where it goes."""

    key: Text = element(tag="CustomerPoNumber")
    action: str = element(tag="OrderActionType", default="A")
    customer: Text = element(tag="Customer")
    ordered_on: str = element(tag="OrderDate")
    name: Text50 | None = element(tag="CustomerName", default=None)
    street_1: Text40 | None = element(tag="ShipAddress1", default=None)
    street_2: Text40 | None = element(tag="ShipAddress2", default=None)
    city: Text40 | None = element(tag="ShipAddress3", default=None)
    state: Text40 | None = element(tag="ShipAddress4", default=None)
    country: Text40 | None = element(tag="ShipAddress5", default=None)
    postcode: Text10 | None = element(tag="ShipPostalCode", default=None)
    email: Text255 | None = element(tag="Email", default=None)
    warehouse: Text = element(tag="Warehouse")


class StockLine(Document, tag="StockLine"):
    """Goods; SYSPRO computes quantity times price."""

    number: str = element(tag="CustomerPoLine")
    action: str = element(tag="LineActionType", default="A")
    item: Text = element(tag="StockCode")
    warehouse: Text = element(tag="Warehouse")
    quantity: str = element(tag="OrderQty")
    price: str = element(tag="Price")
    product_class: Text20 = element(tag="ProductClass")
    tax_code: Text | None = element(tag="StockTaxCode", default=None)


class FreightLine(Document, tag="FreightLine"):
    """Shipping; its revenue class is SYSPRO's own setting."""

    number: str = element(tag="CustomerPoLine")
    action: str = element(tag="LineActionType", default="A")
    value: str = element(tag="FreightValue")
    cost: str = element(tag="FreightCost", default="0.00")
    tax_code: Text | None = element(tag="FreightTaxCode", default=None)


class ChargeLine(Document, tag="MiscChargeLine"):
    """Any other charge: fees, wrapping, sales tax, rounding."""

    number: str = element(tag="CustomerPoLine")
    action: str = element(tag="LineActionType", default="A")
    value: str = element(tag="MiscChargeValue")
    cost: str = element(tag="MiscChargeCost", default="0.00")
    product_class: Text20 = element(tag="MiscProductClass")
    description: Text50 = element(tag="MiscDescription")
    tax_code: Text | None = element(tag="MiscTaxCode", default=None)


class OrderDetails(Document, tag="OrderDetails"):
    """All lines, goods first."""

    stock: list[StockLine] = element()
    freight: list[FreightLine] = element()
    charges: list[ChargeLine] = element()


class Order(Document, tag="Orders"):
    """One order."""

    header: OrderHeader = element()
    details: OrderDetails = element()


class SalesOrders(Document, tag="SalesOrders"):
    """Document of SORTOI."""

    order: Order = element()

"""Items, quantities and master data that we read. Source: endpoint Default/24.200.001."""

from pydantic import Field

from connectors.acumatica.entities import Flag, Moment, Number, Text
from connectors.acumatica.wire import Entity


class StockItem(Entity):
    """IN202500."""

    inventory_id: Text = None
    description: Text = None
    item_status: Text = None
    default_price: Number = None
    msrp: Number = None
    valuation_method: Text = None
    average_cost: Number = None
    last_cost: Number = None
    current_std_cost: Number = None
    last_modified: Moment = None


class NonStockItem(Entity):
    """IN202000."""

    inventory_id: Text = None
    description: Text = None
    item_status: Text = None
    default_price: Number = None
    msrp: Number = None
    last_cost: Number = None
    current_std_cost: Number = None
    last_modified_date_time: Moment = None


class StorageDetail(Entity):
    """Quantities of one item in one warehouse (inquiry IN408050)."""

    inventory_id: Text = None
    warehouse_id: Text = None
    qty_on_hand: Number = None
    qty_available: Number = None
    qty_available_for_issue: Number = Field(default=None, alias="QtyAvailableforIssue")
    qty_hard_available: Number = None
    last_modified_of_quantity: Moment = Field(default=None, alias="LastModifiedDateofWarehouseQty")


class StorageDetailsInquiry(Entity):
    """All items of one warehouse; read with PUT."""

    warehouse_id: Text = None
    storage_details: tuple[StorageDetail, ...] | None = None


class Warehouse(Entity):
    """IN204000."""

    warehouse_id: Text = None
    active: Flag = None


class Tax(Entity):
    """TX205000."""

    tax_id: Text = None
    description: Text = None


class AllowedCashAccount(Entity):
    """A cash account that a payment method may use."""

    cash_account: Text = None
    use_in_ar: Flag = Field(default=None, alias="UseInAR")


class PaymentMethod(Entity):
    """CA204000."""

    payment_method_id: Text = None
    active: Flag = None
    use_in_ar: Flag = Field(default=None, alias="UseInAR")
    allowed_cash_accounts: tuple[AllowedCashAccount, ...] | None = None


class CompaniesStructureDetail(Entity):
    """One branch of a company."""

    branch_id: Text = None
    branch_name: Text = None
    base_currency_id: Text = None
    branch_status: Flag = None


class CompaniesStructure(Entity):
    """Companies and their branches; read with PUT."""

    results: tuple[CompaniesStructureDetail, ...] | None = None

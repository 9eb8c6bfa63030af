"""The SQL tables as COMFND, COMFCH and OData see them: column names, padded blanks, stored keys."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sandbox.syspro.arsscs import WIDTHS
from sandbox.syspro.books import Books
from sandbox.syspro.rows import (
    Row,
    Value,
    accounts_rows,
    customer_row,
    invoice_row,
    items_rows,
    journal_lines_rows,
    journals_rows,
    levels_rows,
    order_line_row,
    order_row,
    prices_rows,
    sales_line_row,
)


@dataclass(frozen=True)
class SqlTable:
    """A table with its primary key and a way to read its rows."""

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    rows: Callable[[Books], Iterator[Row]]

    def read(self, books: Books) -> list[Row]:
        """All rows; text columns are never empty but hold a single space."""
        return [
            {name: " " if value == "" else value for name, value in row.items()}
            for row in self.rows(books)
        ]


def _table(
    name: str, key: tuple[str, ...], columns: str, rows: Callable[[Books], Iterator[Row]]
) -> tuple[str, SqlTable]:
    return name, SqlTable(name, key, tuple(columns.split()), rows)


_INVOICE_COLUMNS = (
    "Customer Invoice DocumentType CustomerPoNumber InvoiceDate InvoiceYear InvoiceMonth "
    "CurrencyValue InvoiceBal1 InvoiceBal2 InvoiceBal3 OrigDiscValue TaxPortion PostCurrency "
    "Branch Area Salesperson TermsCode SalesOrder StoreNumber TaxCode"
)
_SALES_LINE_COLUMNS = (
    "TrnYear TrnMonth Register Invoice SummaryLine DetailLine InvoiceDate Customer DocumentType "
    "Branch Area ProductClass StockCode Warehouse SalesOrder CustomerPoNumber QtyInvoiced "
    "NetSalesValue TaxValue DiscValue CostValue TransactionGlCode TaxAccount GlIntUpdated "
    "GlIntYear GlIntPeriod GlJournal"
)
_ORDER_COLUMNS = (
    "SalesOrder OrderStatus CancelledFlag DocumentType Customer CustomerName CustomerPoNumber "
    "Email OrderDate EntrySystemDate ReqShipDate LastInvoice Branch Warehouse Currency "
    "InvTermsOverride ShipAddress1 ShipAddress2 ShipAddress3 ShipAddress4 ShipAddress5 "
    "ShipPostalCode"
)
_ORDER_LINE_COLUMNS = (
    "SalesOrder SalesOrderLine LineType MStockCode MStockDes MWarehouse MOrderQty MShipQty "
    "MBackOrderQty MPrice MOrderUom MProductClass MTaxCode NComment NMscChargeValue NMscProductCls"
)
_ITEM_COLUMNS = (
    "StockCode Description LongDesc AlternateKey1 AlternateKey2 StockUom Decimals ProductClass "
    "TaxCode PriceCategory PriceMethod ListPriceCode Mass"
)
_LEVEL_COLUMNS = (
    "StockCode Warehouse QtyOnHand QtyAllocated QtyAllocatedWip QtyOnOrder QtyInTransit "
    "QtyInInspection QtyOnBackOrder UnitCost SafetyStockQty MinimumQty MaximumQty"
)

TABLES: dict[str, SqlTable] = dict(
    (
        _table(
            "ArCustomer",
            ("Customer",),
            " ".join(["Customer", *WIDTHS, "DateCustAdded"]),
            lambda books: map(customer_row, books.customers.values()),
        ),
        _table(
            "ArInvoice",
            ("Customer", "Invoice", "DocumentType"),
            _INVOICE_COLUMNS,
            lambda books: map(invoice_row, books.invoices.values()),
        ),
        _table(
            "ArTrnDetail",
            ("TrnYear", "TrnMonth", "Register", "Invoice", "SummaryLine", "DetailLine"),
            _SALES_LINE_COLUMNS,
            lambda books: (
                sales_line_row(line, books.journals[line.journal].posted)
                for line in books.sales_lines.values()
            ),
        ),
        _table(
            "SorMaster",
            ("SalesOrder",),
            _ORDER_COLUMNS,
            lambda books: map(order_row, books.orders.values()),
        ),
        _table(
            "SorDetail",
            ("SalesOrder", "SalesOrderLine"),
            _ORDER_LINE_COLUMNS,
            lambda books: (
                order_line_row(line) for all in books.order_lines.values() for line in all
            ),
        ),
        _table("InvMaster", ("StockCode",), _ITEM_COLUMNS, items_rows),
        _table("InvWarehouse", ("StockCode", "Warehouse"), _LEVEL_COLUMNS, levels_rows),
        _table(
            "InvPrice", ("StockCode", "PriceCode"), "StockCode PriceCode SellingPrice", prices_rows
        ),
        _table(
            "GenMaster",
            ("Company", "GlCode"),
            "Company GlCode Description AccountType GlGroup ControlAccFlag AccOnHldFlag "
            "CurrentBalance",
            accounts_rows,
        ),
        _table(
            "GenJournalCtl",
            ("GlYear", "GlPeriod", "GlJournal"),
            "GlYear GlPeriod GlJournal JournalDate PostDate Source Operator JnlStatus Reference "
            "Notation Authorised",
            journals_rows,
        ),
        _table(
            "GenJournalDetail",
            ("GlYear", "GlPeriod", "GlJournal", "EntryNumber"),
            "GlYear GlPeriod GlJournal EntryNumber GlCode EntryValue EntryDate Reference Comment "
            "EntryPosted",
            journal_lines_rows,
        ),
    )
)


def sort_key(value: Value) -> tuple[int, Decimal | str]:
    """Orders values of one column; nulls first, text by code point as a binary collation does."""
    if value is None:
        return (0, "")
    if isinstance(value, int | Decimal):
        return (1, Decimal(value))
    return (2, value.isoformat() if isinstance(value, date) else value.rstrip())

"""Turns records into rows: one function per SQL table, with the table's own column names."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from sandbox.syspro.arsscs import WIDTHS
from sandbox.syspro.books import Books
from sandbox.syspro.records import ZERO, Customer, Invoice, OrderLine, SalesLine, SalesOrder

Value = str | Decimal | int | date | None
Row = dict[str, Value]


def customer_row(customer: Customer) -> Row:
    """A row of ArCustomer."""
    columns: Row = {name: customer[name] for name in WIDTHS if name != "CreditLimit"}
    limit = customer["CreditLimit"]
    return {
        "Customer": customer.customer,
        **columns,
        "CreditLimit": Decimal(limit) if limit.isdigit() else Decimal(0),
        "DateCustAdded": customer.added,
    }


def invoice_row(invoice: Invoice) -> Row:
    """A row of ArInvoice."""
    return {
        "Customer": invoice.customer,
        "Invoice": invoice.invoice,
        "DocumentType": invoice.document_type,
        "CustomerPoNumber": invoice.reference,
        "InvoiceDate": invoice.invoice_date,
        "InvoiceYear": invoice.period[0],
        "InvoiceMonth": invoice.period[1],
        "CurrencyValue": invoice.value,
        "InvoiceBal1": invoice.balance,
        "InvoiceBal2": ZERO,
        "InvoiceBal3": ZERO,
        "OrigDiscValue": ZERO,
        "TaxPortion": invoice.tax,
        "PostCurrency": invoice.currency,
        "Branch": invoice.branch,
        "Area": invoice.area,
        "Salesperson": invoice.salesperson,
        "TermsCode": invoice.terms,
        "SalesOrder": invoice.sales_order,
        "StoreNumber": "",
        "TaxCode": "",
    }


def sales_line_row(line: SalesLine, posted: bool) -> Row:
    """A row of ArTrnDetail."""
    return {
        "TrnYear": line.period[0],
        "TrnMonth": line.period[1],
        "Register": line.register,
        "Invoice": line.invoice,
        "SummaryLine": line.summary_line,
        "DetailLine": line.detail_line,
        "InvoiceDate": line.invoice_date,
        "Customer": line.customer,
        "DocumentType": line.document_type,
        "Branch": line.branch,
        "Area": line.area,
        "ProductClass": line.product_class,
        "StockCode": line.stock_code,
        "Warehouse": line.warehouse,
        "SalesOrder": line.sales_order,
        "CustomerPoNumber": line.reference,
        "QtyInvoiced": line.quantity,
        "NetSalesValue": line.net,
        "TaxValue": line.tax,
        "DiscValue": ZERO,
        "CostValue": line.cost,
        "TransactionGlCode": line.gl_code,
        "TaxAccount": line.tax_account,
        "GlIntUpdated": "Y" if posted else "N",
        "GlIntYear": line.journal[0],
        "GlIntPeriod": line.journal[1],
        "GlJournal": line.journal[2],
    }


def order_row(order: SalesOrder) -> Row:
    """A row of SorMaster."""
    return {
        "SalesOrder": order.sales_order,
        "OrderStatus": order.status,
        "CancelledFlag": "Y" if order.cancelled else "",
        "DocumentType": "O",
        "Customer": order.customer,
        "CustomerName": order.columns["CustomerName"],
        "CustomerPoNumber": order.reference,
        "Email": order.columns["Email"],
        "OrderDate": order.ordered,
        "EntrySystemDate": order.entered,
        "ReqShipDate": date.fromisoformat(order.columns["ReqShipDate"]),
        "LastInvoice": order.last_invoice,
        "Branch": order.branch,
        "Warehouse": order.warehouse,
        "Currency": order.currency,
        "InvTermsOverride": order.terms,
        **{f"ShipAddress{n}": order.columns[f"ShipAddress{n}"] for n in range(1, 6)},
        "ShipPostalCode": order.columns["ShipPostalCode"],
    }


def order_line_row(line: OrderLine) -> Row:
    """A row of SorDetail."""
    return {
        "SalesOrder": line.sales_order,
        "SalesOrderLine": line.line,
        "LineType": line.line_type,
        "MStockCode": line.stock_code,
        "MStockDes": line.description if line.line_type == "1" else "",
        "MWarehouse": line.warehouse,
        "MOrderQty": line.ordered,
        "MShipQty": line.shipping,
        "MBackOrderQty": line.back_ordered,
        "MPrice": line.price,
        "MOrderUom": line.uom if line.line_type == "1" else "",
        "MProductClass": line.product_class if line.line_type == "1" else "",
        "MTaxCode": line.tax_code,
        "NComment": line.comment,
        "NMscChargeValue": line.charge,
        "NMscProductCls": line.product_class if line.line_type in "45" else "",
    }


def items_rows(books: Books) -> Iterator[Row]:
    """Rows of InvMaster."""
    for item in books.items.values():
        yield {
            "StockCode": item.stock_code,
            "Description": item.description,
            "LongDesc": item.description,
            "AlternateKey1": "",
            "AlternateKey2": "",
            "StockUom": "EA",
            "Decimals": 0,
            "ProductClass": item.product_class,
            "TaxCode": item.tax_code,
            "PriceCategory": "A",
            "PriceMethod": "C",
            "ListPriceCode": "A",
            "Mass": ZERO,
        }


def levels_rows(books: Books) -> Iterator[Row]:
    """Rows of InvWarehouse."""
    for level in books.levels.values():
        yield {
            "StockCode": level.stock_code,
            "Warehouse": level.warehouse,
            "QtyOnHand": level.on_hand,
            "QtyAllocated": level.allocated,
            "QtyAllocatedWip": ZERO,
            "QtyOnOrder": ZERO,
            "QtyInTransit": ZERO,
            "QtyInInspection": ZERO,
            "QtyOnBackOrder": level.back_ordered,
            "UnitCost": books.items[level.stock_code].unit_cost,
            "SafetyStockQty": ZERO,
            "MinimumQty": ZERO,
            "MaximumQty": ZERO,
        }


def prices_rows(books: Books) -> Iterator[Row]:
    """Rows of InvPrice."""
    for item in books.items.values():
        yield {"StockCode": item.stock_code, "PriceCode": "A", "SellingPrice": item.price}
    for (stock_code, price_code), price in books.prices.items():
        yield {"StockCode": stock_code, "PriceCode": price_code, "SellingPrice": price}


def accounts_rows(books: Books) -> Iterator[Row]:
    """Rows of GenMaster."""
    balances = books.balances()
    for account in books.accounts.values():
        yield {
            "Company": books.settings.company_id,
            "GlCode": account.code,
            "Description": account.description,
            "AccountType": account.kind,
            "GlGroup": "",
            "ControlAccFlag": "Y" if account.control else "N",
            "AccOnHldFlag": "Y" if account.on_hold else "N",
            "CurrentBalance": balances.get(account.code, ZERO),
        }


def journals_rows(books: Books) -> Iterator[Row]:
    """Rows of GenJournalCtl."""
    for (year, period, number), journal in books.journals.items():
        yield {
            "GlYear": year,
            "GlPeriod": period,
            "GlJournal": number,
            "JournalDate": journal.dated,
            "PostDate": journal.posted_on if journal.posted else None,
            "Source": journal.source,
            "Operator": books.settings.operator,
            "JnlStatus": "P" if journal.posted else "E",
            "Reference": journal.reference,
            "Notation": journal.notation,
            "Authorised": "Y",
        }


def journal_lines_rows(books: Books) -> Iterator[Row]:
    """Rows of GenJournalDetail."""
    for (year, period, number), journal in books.journals.items():
        for line, entry in enumerate(journal.entries, 1):
            yield {
                "GlYear": year,
                "GlPeriod": period,
                "GlJournal": number,
                "EntryNumber": line,
                "GlCode": entry.account,
                "EntryValue": entry.value,
                "EntryDate": journal.dated,
                "Reference": entry.reference,
                "Comment": journal.notation,
                "EntryPosted": "Y" if journal.posted else "N",
            }

"""The documents that SYSPRO is sent, element by element.

SYSPRO ignores a misspelt element without a word, so that nothing is sent which has no model here.
Values are entity-escaped, never CDATA, which would not survive the envelope of a large document.
"""

from typing import Annotated, Any, cast

from pydantic import AfterValidator
from pydantic_xml import BaseXmlModel, element

from connectors.syspro.profile import BusinessObject, SysproProfile
from connectors.syspro.text import fitted
from connectors.syspro.xml import etree

_PROLOG = '<?xml version="1.0" encoding="Windows-1252"?>'
_ENVELOPE = "http://SYSPROWcfService"


def _cut(width: int) -> AfterValidator:
    def cut(text: str) -> str:
        return fitted(text, width)

    return AfterValidator(cut)


Text = Annotated[str, _cut(0)]
Text10 = Annotated[str, _cut(10)]
Text20 = Annotated[str, _cut(20)]
Text40 = Annotated[str, _cut(40)]
Text50 = Annotated[str, _cut(50)]
Text100 = Annotated[str, _cut(100)]
Text255 = Annotated[str, _cut(255)]


class Document(BaseXmlModel):
    """One document or set of parameters; None leaves an element out."""


class Parameters(Document, tag="Parameters"):
    """What the posting and setup objects share."""

    posting_period: str | None = element(tag="PostingPeriod", default=None)
    ignore_warnings: str = element(tag="IgnoreWarnings", default="N")
    whole: str = element(tag="ApplyIfEntireDocumentValid", default="Y")
    validate_only: str = element(tag="ValidateOnly", default="N")
    auto_correct: str | None = element(tag="AutoCorrectPaymentValue", default=None)
    invoice_date: str | None = element(tag="InvoiceDate", default=None)


class ArInvoiceParameters(Document, tag="PostArInvoices"):
    """Parameters of ARSTIN."""

    parameters: Parameters = element()


class ArInvoiceItem(Document, tag="Item"):
    """One value under one product class: an invoice (I), a credit (C) or a debit (D)."""

    transaction_type: str = element(tag="TransactionType")
    customer: Text = element(tag="Customer")
    to_existing: str = element(tag="PostToExistingInvoice")
    generate: str = element(tag="GenerateInvoiceNumber", default="N")
    invoice: Text = element(tag="Invoice")
    invoice_date: str = element(tag="InvoiceDate")
    reference: Text = element(tag="Reference")
    value: str = element(tag="InvoiceValue")
    tax: str = element(tag="TaxValue")
    product_class: Text = element(tag="ProductClass")
    terms: Text | None = element(tag="InvoiceTerms", default=None)
    area: Text | None = element(tag="GeographicArea", default=None)
    salesperson: Text | None = element(tag="Salesperson", default=None)
    branch: Text | None = element(tag="Branch", default=None)


class ArInvoices(Document, tag="PostArInvoices"):
    """Document of ARSTIN."""

    items: list[ArInvoiceItem] = element()


class ArPaymentParameters(Document, tag="PostArPayment"):
    """Parameters of ARSTPY."""

    parameters: Parameters = element()


class InvoiceToPay(Document, tag="InvoiceToPay"):
    """Which invoice is paid. Its CustomerPurchaseOrder is never sent: it would replace our key."""

    transaction_type: str = element(tag="TransactionType", default="I")
    invoice: Text = element(tag="Invoice")
    value: str = element(tag="GrossPaymentValue")


class ArPayment(Document, tag="Payment"):
    """One payment."""

    customer: Text = element(tag="Customer")
    value: str = element(tag="PaymentValue")
    reference: Text = element(tag="Reference")
    paid_on: str = element(tag="PaymentDate")
    notation: Text100 = element(tag="JournalNotation")
    bank: Text = element(tag="Bank")
    invoice: InvoiceToPay = element()


class ArPaymentItem(Document, tag="Item"):
    """One item of ARSTPY."""

    payment: ArPayment = element()


class ArPayments(Document, tag="PostArPayment"):
    """Document of ARSTPY."""

    item: ArPaymentItem = element()


class CustomerParameters(Document, tag="SetupArCustomer"):
    """Parameters of ARSSCS."""

    parameters: Parameters = element()


class CustomerKey(Document, tag="Key"):
    """The customer's code; empty where SYSPRO numbers by itself."""

    customer: Text = element(tag="Customer")


class CustomerItem(Document, tag="Item"):
    """A customer: codes when it is opened; else what is to be changed."""

    key: CustomerKey = element()
    name: Text50 | None = element(tag="Name", default=None)
    short_name: Text20 | None = element(tag="ShortName", default=None)
    salesperson: Text | None = element(tag="Salesperson", default=None)
    branch: Text | None = element(tag="Branch", default=None)
    terms: Text | None = element(tag="TermsCode", default=None)
    area: Text | None = element(tag="Area", default=None)
    currency: Text | None = element(tag="Currency", default=None)
    tax_status: str | None = element(tag="TaxStatus", default=None)
    balance_type: str | None = element(tag="BalanceType", default=None)
    customer_class: Text | None = element(tag="CustomerClass", default=None)
    telephone: Text20 | None = element(tag="Telephone", default=None)
    contact: Text50 | None = element(tag="Contact", default=None)
    email: Text255 | None = element(tag="Email", default=None)
    sold_1: Text40 | None = element(tag="SoldToAddr1", default=None)
    sold_2: Text40 | None = element(tag="SoldToAddr2", default=None)
    sold_3: Text40 | None = element(tag="SoldToAddr3", default=None)
    sold_4: Text40 | None = element(tag="SoldToAddr4", default=None)
    sold_5: Text40 | None = element(tag="SoldToAddr5", default=None)
    sold_postcode: Text10 | None = element(tag="SoldPostalCode", default=None)
    ship_1: Text40 | None = element(tag="ShipToAddr1", default=None)
    ship_2: Text40 | None = element(tag="ShipToAddr2", default=None)
    ship_3: Text40 | None = element(tag="ShipToAddr3", default=None)
    ship_4: Text40 | None = element(tag="ShipToAddr4", default=None)
    ship_5: Text40 | None = element(tag="ShipToAddr5", default=None)
    ship_postcode: Text10 | None = element(tag="ShipPostalCode", default=None)


class Customers(Document, tag="SetupArCustomer"):
    """Document of ARSSCS."""

    item: CustomerItem = element()


class StatementKey(Document, tag="Key"):
    """Whose statement."""

    customer: Text = element(tag="Customer")


class StatementOption(Document, tag="Option"):
    """Everything, also what is settled."""

    transactions: str = element(tag="IncludeTransactions", default="Y")
    invoices: str = element(tag="IncludeInvoices", default="Y")
    zero_balances: str = element(tag="IncludeZeroBalances", default="Y")


class Statement(Document, tag="Query"):
    """Document of ARSQRY."""

    key: StatementKey = element()
    option: StatementOption = element()


class LedgerKey(Document, tag="key"):
    """A ledger code to check; this `key` is in lower case."""

    ledger_code: Text = element(tag="LedgerCode")
    validate_structure: str = element(tag="ValidateStructure", default="Y")
    validate_flags: str = element(tag="ValidateFlags", default="Y")


class LedgerCheck(Document, tag="Query"):
    """Document of GENQGL."""

    key: LedgerKey = element()


class OrderInvoiceParameters(Document, tag="PostSalesOrderInvoice"):
    """Parameters of SORTIC."""

    parameters: Parameters = element()


class OrderInvoiceItem(Document, tag="Item"):
    """The order to invoice, whole."""

    sales_order: Text = element(tag="SalesOrder")


class OrderInvoice(Document, tag="PostSalesOrderInvoice"):
    """Document of SORTIC."""

    item: OrderInvoiceItem = element()


SALES_GL = (
    f"{_PROLOG}<Query><Option><XslStylesheet/></Option>"
    '<Filter><Branch FilterType="A" FilterValue=" "/></Filter></Query>'
)
KEY_INFORMATION = f"{_PROLOG}<Query/>"


def rendered(document: Document, of: BusinessObject, profile: SysproProfile) -> str:
    """Write a document in the site's element names, with SYSPRO's prolog.

    Every value is within Windows-1252 by then, whatever encoding the text travels in.
    """
    tree = cast(Any, document).to_xml_tree(exclude_none=True)
    for node in list(tree.iter()):
        name = profile.element_names.get(f"{of}.{node.tag}")
        if name:
            node.tag = name
        elif name is not None and node.getparent() is not None:
            node.getparent().remove(node)
    return _PROLOG + str(etree.tostring(tree, encoding="unicode"))


def envelope(token: str, code: str, parameters: str, document: str) -> bytes:
    """Wrap a posting for PostLD; the documents inside are escaped text."""
    root = etree.Element(f"{{{_ENVELOPE}}}TransactionPostLD", nsmap={None: _ENVELOPE})
    parts = (
        ("UserId", token),
        ("BusinessObject", code),
        ("XmlParameters", parameters),
        ("XmlIn", document),
    )
    for name, text in parts:
        etree.SubElement(root, f"{{{_ENVELOPE}}}{name}").text = text
    return bytes(etree.tostring(root, encoding="utf-8"))

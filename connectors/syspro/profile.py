"""What differs between SYSPRO versions and sites, with the defaults that public sources suggest.

Nothing in this room may assume what stands here: whatever a site does otherwise is a setting.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class BusinessObject(StrEnum):
    """What is asked of SYSPRO; the profile says under which code."""

    AR_INVOICE = "ARSTIN"
    AR_PAYMENT = "ARSTPY"
    AR_STATEMENT = "ARSQRY"
    CUSTOMER = "ARSSCS"
    FIND = "COMFND"
    GL_VALIDATE = "GENQGL"
    SALES_GL = "IMPQ29"
    KEYS = "IMPQIK"
    ORDER_IMPORT = "SORTOI"
    ORDER_INVOICE = "SORTIC"


class SysproProfile(BaseModel):
    """One site's dialect. Text patterns are regular expressions, searched without case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path_logon: str = Field(default="/Logon", description="Where a session starts.")
    path_logoff: str = Field(default="/Logoff", description="Where it ends.")
    path_version: str = Field(default="/GetVersion", description="Answers without a session.")
    path_operator: str = Field(default="/GetLogonProfile", description="The operator's defaults.")
    path_query: str = Field(default="/Query/Query", description="Query objects.")
    path_setup: str = Field(default="/Setup/", description="Setup objects; Add or Update follows.")
    path_post: str = Field(default="/Transaction/Post", description="Posting by GET.")
    path_post_large: str = Field(
        default="/Transaction/PostLD", description="Posting by POST, for large documents."
    )
    post_mode: Literal["auto", "get", "post-ld"] = Field(
        default="auto", description="auto: PostLD when the URL would be longer than allowed."
    )
    max_url_chars: int = Field(
        default=4096, description="Longest URL sent while there is a choice."
    )
    trim_token: bool = Field(
        default=True, description="Send the token without its trailing blanks (version 8)."
    )
    unwrap_token: bool = Field(
        default=True, description="Take the token out of quotes or of one XML element."
    )

    session_patterns: tuple[str, ...] = Field(
        default=(
            r"session.*(expired|invalid|not found|not logged)",
            r"invalid (user ?id|session)",
            r"not logged (in|on)",
            r"base directory registry string",
        ),
        description="The token is dead and nothing was executed.",
    )
    no_seat_patterns: tuple[str, ...] = Field(
        default=(r"maximum number", r"licen[cs]ed users"),
        description="A logon is refused because every licence seat is taken.",
    )
    missing_object_patterns: tuple[str, ...] = Field(
        default=(r"\b100000\b",), description="The object is unknown, unregistered or unlicensed."
    )
    period_closed_patterns: tuple[str, ...] = Field(
        default=(r"period.*(closed|not open)",), description="The AR month takes no postings."
    )
    duplicate_patterns: tuple[str, ...] = Field(
        default=(r"already exists", r"already (been )?used", r"duplicate"),
        description="Our key is taken.",
    )
    on_hold_patterns: tuple[str, ...] = Field(
        default=(r"on hold", r"credit limit"), description="The customer is blocked."
    )
    not_found_patterns: tuple[str, ...] = Field(
        default=(r"not found",), description="A look-up that found nothing."
    )
    transient_patterns: tuple[str, ...] = Field(
        default=(r"memory leak",), description="The server itself failed; trying again may help."
    )
    object_codes: Mapping[BusinessObject, str] = Field(
        default={}, description="Other codes for the business objects, by their usual code."
    )
    element_names: Mapping[str, str] = Field(
        default={},
        description="Other names of document elements, e.g. `ARSTIN.Reference`; empty: not sent.",
    )
    invalid_counters: tuple[str, ...] = Field(
        default=(
            "ItemsInvalid",
            "InvalidItems",
            "RecordsInvalid",
            "ItemsRejectedWithWarnings",
            "JournalsInvalid",
            "PostingsInvalid",
        ),
        description="Counters that must be zero.",
    )

    posting_period: Literal["C", "P", "B"] = Field(
        default="C", description="AR period to post in: current, previous, the one before that."
    )
    invoice_value_includes_tax: bool = Field(
        default=True, description="Whether ARSTIN's InvoiceValue contains its TaxValue."
    )
    invoice_numbering: Literal["own-prefix", "own-numeric-range"] = Field(
        default="own-prefix", description="What our invoice numbers are; digits only, or not."
    )
    invoice_key_type_path: str = Field(
        default="ArInvoices/InvKeyType", description="Where IMPQIK tells N or A for invoices."
    )
    class_split: Literal["debit-items", "single"] = Field(
        default="debit-items",
        description="One item per revenue class on the same invoice, or all under one class.",
    )
    zero_documents_ignore_warnings: bool = Field(
        default=True, description="Post an invoice over nothing with IgnoreWarnings=Y."
    )
    check_accounts: bool = Field(
        default=True, description="Look up each revenue class's sales account before posting."
    )
    debits_raise_invoice_value: bool = Field(
        default=True, description="Whether a debit note raises ArInvoice.CurrencyValue."
    )
    reference_column: str = Field(
        default="CustomerPoNumber", description="Where ArInvoice keeps the reference."
    )
    detail_reference_column: str = Field(
        default="",
        description="Column of ArTrnDetail with the posting's reference. Empty: asks ARSQRY.",
    )
    detail_currency: Literal["local", "document"] = Field(
        default="local", description="The currency that ArTrnDetail keeps its values in."
    )
    auto_correct_payment: Literal["N", "Y", "U"] = Field(
        default="N", description="What becomes of money that exceeds the invoice; U: unapplied."
    )
    statement_seconds: float = Field(
        default=60, description="How long ARSQRY may take for a customer with many invoices."
    )
    post_seconds: float = Field(default=60, description="How long one posting may take.")
    late_commit_seconds: float = Field(
        default=10, description="How long after a broken call a posting may still appear."
    )

    order_type: Literal["ORD", "BIL"] = Field(
        default="BIL", description="TypeOfOrder; BIL is ready to invoice at once."
    )
    allocation: Literal["F", "A", "B"] = Field(
        default="A", description="What ships: F whole lines only, A what there is, B nothing."
    )
    sales_order_tax: str = Field(
        default="TAX",
        description="Product class of the charge line that carries an order's sales tax.",
    )
    sales_order_tax_code: str = Field(
        default="", description="Tax code sent with every order line. Empty: SYSPRO's own."
    )

    key_widths: Mapping[str, int] = Field(
        default={"customer": 15, "invoice": 20, "numeric": 15, "reference": 30},
        description="Widths of the key columns; numeric keys are stored zero-padded to `numeric`.",
    )
    table_names: Mapping[str, str] = Field(
        default={}, description="Other names of tables, by their usual name."
    )
    odata_template: str = Field(
        default="{root}/SYSPRO8Odata/SYSPROOData/{company}/{table}",
        description="How an OData address is made.",
    )
    odata_page_size: int = Field(default=1000, ge=1, le=5000, description="Rows asked at once.")
    odata_cap: int = Field(default=5000, ge=1, description="Most rows that one answer holds.")
    odata_paging: Literal["keyset", "skip", "next-link"] = Field(
        default="keyset", description="How to go on where the answer names no next page."
    )
    find_chunk: int = Field(default=20, ge=1, description="Keys looked up in one search.")
    find_limit: int = Field(default=1000, ge=1, description="Most rows that COMFND is asked for.")
    stock_taken_columns: tuple[str, ...] = Field(
        default=("QtyAllocated", "QtyAllocatedWip"),
        description="Columns of InvWarehouse that are taken off QtyOnHand to make what is free.",
    )

    def code(self, business_object: BusinessObject) -> str:
        """Return the code of a business object on this site."""
        return self.object_codes.get(business_object, business_object.value)

    def table(self, name: str) -> str:
        """Return the name of a table on this site."""
        return self.table_names.get(name, name)

    def width(self, key: str) -> int:
        """Return how many characters a key column holds."""
        return self.key_widths.get(key, {"customer": 15, "invoice": 20, "numeric": 15}.get(key, 30))

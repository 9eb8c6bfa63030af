"""A runnable SAP Business One: the Service Layer in front of a ledger that enforces what B1 does.

`SapBusinessOneStandIn(SapSettings())` has `.app`, `.faults`, `.settings`, `.books`; the ledger is
read as records: `.orders .delivery_notes .invoices .credit_notes .incoming_payments
.vendor_payments .partners`, `.by_reference(text)`, `.balances` and `.audit()`. Knobs:
`expire_session() drop_sessions() freeze_partner(code) deactivate_item(code) close_period(y, m)
remove_user_field() approve_drafts() refuse_next(path, ...) set_stock set_price set_rate
remove_rate add_partner add_item`.
`sandbox.sap_business_one.access` says how a connection reaches it.

What it assumes where no public source tells, and what a connector should therefore not lean on:

* A line's `TaxTotal` is taken as the tax when it is sent (SAP's SDK help calls it adjustable),
  and so is `TaxSum` of freight; `settings.line_tax = "recomputed"` is a site that ignores both.
* `LineTotal` wins over prices; in a foreign currency `RowTotalFC` and `NetTaxAmountFC` do.
* Lines are rounded one by one to the document's currency; tax is rounded on each line.
* An invoice that is paid is closed, and no base for a credit note until `Reopen` is called on it.
* In a foreign currency a payment's sums are in its own currency, and `AppliedFC` is applied.

Not imitated: down payments, journal entries, reconciliations, attachments, `$crossjoin`,
webhooks, batch and serial numbers (a line that needs them is refused), gross prices.
"""

from sandbox.sap_business_one.app import SapBusinessOneStandIn
from sandbox.sap_business_one.settings import SapSettings

__all__ = ["SapBusinessOneStandIn", "SapSettings"]

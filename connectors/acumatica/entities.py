"""The records that we read and write, field by field. Source: endpoint Default/24.200.001."""

from datetime import datetime
from decimal import Decimal

from connectors.acumatica.wire import Entity, Stripped, Value

Text = Value[Stripped] | None
Number = Value[Decimal] | None
Whole = Value[int] | None
Flag = Value[bool] | None
Moment = Value[datetime] | None


class Address(Entity):
    """A postal address; Country is an ISO code."""

    address_line1: Text = None
    address_line2: Text = None
    city: Text = None
    state: Text = None
    postal_code: Text = None
    country: Text = None


class Contact(Entity):
    """How a customer is reached, and where they are."""

    email: Text = None
    phone1: Text = None
    attention: Text = None
    full_name: Text = None
    address: Address | None = None


class DocContact(Entity):
    """Whom a document is for."""

    attention: Text = None
    business_name: Text = None
    email: Text = None
    phone1: Text = None


class Customer(Entity):
    """AR303000."""

    customer_id: Text = None
    customer_name: Text = None
    customer_class: Text = None
    status: Text = None
    currency_id: Text = None
    enable_currency_override: Flag = None
    account_ref: Text = None
    last_modified_date_time: Moment = None
    main_contact: Contact | None = None
    shipping_contact_override: Flag = None
    shipping_address_override: Flag = None
    shipping_contact: Contact | None = None


class SalesOrderDetail(Entity):
    """A line of an order."""

    line_nbr: Whole = None
    inventory_id: Text = None
    line_description: Text = None
    warehouse_id: Text = None
    uom: Text = None
    order_qty: Number = None
    manual_price: Flag = None
    unit_price: Number = None
    manual_discount: Flag = None
    discount_amount: Number = None
    amount: Number = None
    external_ref: Text = None
    invoice_type: Text = None
    invoice_nbr: Text = None
    invoice_line_nbr: Whole = None


class TaxDetail(Entity):
    """One tax of a document."""

    tax_id: Text = None
    taxable_amount: Number = None
    tax_amount: Number = None


class SalesOrderShipment(Entity):
    """A shipment of an order, and its invoice once there is one."""

    shipment_nbr: Text = None
    invoice_type: Text = None
    invoice_nbr: Text = None


class SalesOrderPayment(Entity):
    """Money of an order; with a new one of an order that returns, it is entered."""

    doc_type: Text = None
    refund: Flag = None
    payment_method: Text = None
    cash_account: Text = None
    payment_amount: Number = None
    applied_to_order: Number = None
    payment_ref: Text = None
    external_ref: Text = None
    application_date: Moment = None
    description: Text = None
    hold: Flag = None


class SalesOrder(Entity):
    """SO301000. Key: OrderType and OrderNbr."""

    order_type: Text = None
    order_nbr: Text = None
    status: Text = None
    customer_id: Text = None
    customer_order: Text = None
    external_ref: Text = None
    date: Moment = None
    currency_id: Text = None
    description: Text = None
    hold: Flag = None
    is_tax_valid: Flag = None
    disable_automatic_discount_update: Flag = None
    ship_to_address_override: Flag = None
    ship_to_address: Address | None = None
    ship_to_contact_override: Flag = None
    ship_to_contact: DocContact | None = None
    details: tuple[SalesOrderDetail, ...] | None = None
    tax_details: tuple[TaxDetail, ...] | None = None
    shipments: tuple[SalesOrderShipment, ...] | None = None
    payments: tuple[SalesOrderPayment, ...] | None = None
    order_total: Number = None
    tax_total: Number = None
    last_modified: Moment = None


class SalesInvoiceDetail(Entity):
    """A line of an invoice or a memo."""

    line_nbr: Whole = None
    inventory_id: Text = None
    transaction_descr: Text = None
    warehouse_id: Text = None
    uom: Text = None
    qty: Number = None
    manual_price: Flag = None
    unit_price: Number = None
    manual_discount: Flag = None
    discount_amount: Number = None
    amount: Number = None
    orig_inv_type: Text = None
    orig_inv_nbr: Text = None
    orig_inv_line_nbr: Whole = None


class SalesInvoiceTaxDetail(Entity):
    """One tax of an invoice or a memo."""

    tax_id: Text = None
    taxable_amount: Number = None
    tax_amount: Number = None


class SalesInvoice(Entity):
    """SO303000. Key: Type and ReferenceNbr; ExternalRef is new in 24.200."""

    type: Text = None
    reference_nbr: Text = None
    status: Text = None
    customer_id: Text = None
    customer_order: Text = None
    external_ref: Text = None
    date: Moment = None
    currency: Text = None
    description: Text = None
    hold: Flag = None
    is_tax_valid: Flag = None
    ship_to_address_override: Flag = None
    ship_to_address: Address | None = None
    ship_to_contact_override: Flag = None
    ship_to_contact: DocContact | None = None
    details: tuple[SalesInvoiceDetail, ...] | None = None
    tax_details: tuple[SalesInvoiceTaxDetail, ...] | None = None
    amount: Number = None
    balance: Number = None
    tax_total: Number = None


class PaymentOrderDetail(Entity):
    """The order that a payment is applied to."""

    order_type: Text = None
    order_nbr: Text = None
    applied_to_order: Number = None


class PaymentDetail(Entity):
    """The invoice that a payment is applied to, or the credit memo of a refund."""

    doc_type: Text = None
    reference_nbr: Text = None
    amount_paid: Number = None


class Payment(Entity):
    """AR302000. Key: Type and ReferenceNbr."""

    type: Text = None
    reference_nbr: Text = None
    status: Text = None
    customer_id: Text = None
    currency_id: Text = None
    payment_method: Text = None
    cash_account: Text = None
    payment_amount: Number = None
    payment_ref: Text = None
    external_ref: Text = None
    application_date: Moment = None
    description: Text = None
    hold: Flag = None
    orders_to_apply: tuple[PaymentOrderDetail, ...] | None = None
    documents_to_apply: tuple[PaymentDetail, ...] | None = None

"""The ledger as every system's is counted: one document for what was posted as one."""

from decimal import Decimal
from typing import Any

OURS = {"Reference": "BC-1"}
TO_EXISTING = {"TransactionType": "D", "PostToExistingInvoice": "Y"}


async def test_an_invoice_of_several_product_classes_is_one_document(
    site: Any, make_item: Any
) -> None:
    freight = {"ProductClass": "FREIGHT", "InvoiceValue": "12.00", "TaxValue": "2.00"}
    await site.arstin(make_item(**OURS) + make_item(**OURS, **freight, **TO_EXISTING))
    ledger = site.stand_in.common_ledger()
    assert [(one.total, one.tax) for one in ledger.documents] == [(Decimal(132), Decimal(22))]
    assert ledger.twice == []


async def test_a_product_class_posted_again_is_a_document_too_many(
    site: Any, make_item: Any
) -> None:
    await site.arstin(make_item(**OURS))
    await site.arstin(make_item(**OURS, **TO_EXISTING))
    ledger = site.stand_in.common_ledger()
    assert len(ledger.documents) == 2
    assert ledger.twice == ["BC-1"]

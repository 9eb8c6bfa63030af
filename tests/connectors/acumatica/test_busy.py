"""A session that is still at a long operation refuses everything else: waited out, never held."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from connectors.errors import Unavailable
from sandbox.acumatica.operations import LongOperation

WORDS = "Previous operation has not been completed yet"


@contextmanager
def busy(site: Any) -> Iterator[None]:
    (session,) = site.stand_in.sessions.all
    session.operation = LongOperation(work=lambda: None, polls=0)
    try:
        yield
    finally:
        session.operation.finish()


async def test_a_posting_that_met_a_busy_session_was_not_executed_and_is_tried_again(
    site: Any, erp: Any, make: Any
) -> None:
    await erp.items(["MUG-BLUE"])  # which signs in
    with busy(site), pytest.raises(Unavailable, match=WORDS):
        await erp.post_document(make.document())
    assert site.stand_in.books.orders == []
    await erp.post_document(make.document())
    assert len(site.stand_in.books.orders) == 1


async def test_a_read_that_met_a_busy_session_is_just_not_answered(site: Any, erp: Any) -> None:
    await erp.items(["MUG-BLUE"])
    with busy(site), pytest.raises(Unavailable, match=WORDS):
        await erp.items(["GRINDER"])
    assert "GRINDER" in await erp.items(["GRINDER"])

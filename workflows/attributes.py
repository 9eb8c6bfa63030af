"""The search attributes by which people find workflows, and the one way to set them."""

from collections.abc import Sequence

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

CONNECTION = SearchAttributeKey.for_keyword("Connection")
STAGE = SearchAttributeKey.for_keyword("Stage")
ATTENTION = SearchAttributeKey.for_keyword("Attention")
ERP_DOCUMENT = SearchAttributeKey.for_keyword("ErpDocument")
SEARCH_ATTRIBUTES: Sequence[SearchAttributeKey[str]] = (
    CONNECTION,
    STAGE,
    ATTENTION,
    ERP_DOCUMENT,
)


def mark(*updates: SearchAttributeUpdate[str]) -> None:
    """Set or unset search attributes of the workflow that is running."""
    workflow.upsert_search_attributes(updates)  # pyright: ignore[reportUnknownMemberType]

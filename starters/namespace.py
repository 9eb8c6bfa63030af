"""What a Temporal namespace must have before we work in it. Run by the program, never by hand."""

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    ListSearchAttributesRequest,
)
from temporalio.client import Client

from workflows.attributes import SEARCH_ATTRIBUTES


class SearchAttributeMistyped(Exception):
    """The namespace has a search attribute of our name with another type."""


async def ensure_search_attributes(client: Client) -> tuple[str, ...]:
    """Create those of our search attributes that the namespace lacks; return their names.

    Raises:
        SearchAttributeMistyped: one exists with another type.
    """
    service = client.operator_service
    present = await service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    missing: dict[str, IndexedValueType.ValueType] = {}
    for key in SEARCH_ATTRIBUTES:
        wanted = IndexedValueType.ValueType(int(key.indexed_value_type))
        found = present.custom_attributes.get(key.name)
        if found is None:
            missing[key.name] = wanted
        elif found != wanted:
            raise SearchAttributeMistyped(
                f"The namespace has a search attribute {key.name} that is not a Keyword. "
                "Remove it, or use a namespace of our own."
            )
    if missing:
        await service.add_search_attributes(
            AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
        )
    return tuple(missing)

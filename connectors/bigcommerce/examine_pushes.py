"""The connection test of what pushes need: their scopes, and the locations that rules name.

No call tells a token's scopes, and a write would be one: what only a write can prove is said.
"""

from collections.abc import Collection

from connectors.bigcommerce.answers import parsed_rows
from connectors.bigcommerce.client import BigCommerceClient
from connectors.bigcommerce.examine import Probe, probed
from connectors.bigcommerce.wire_catalog import WireLocation
from connectors.contract import Capability, Finding
from connectors.errors import CredentialsRejected

_ONE = {"limit": "1"}
_ONLY_A_WRITE = "needs the modify scope, which only a write can prove."
_PRODUCTS = Probe(
    "Products", "/v3/catalog/products", f"SKUs can be read. Setting prices {_ONLY_A_WRITE}", _ONE
)
_INVENTORY = Probe(
    "Inventory",
    "/v3/inventory/items",
    f"Stock can be read. Setting it {_ONLY_A_WRITE}",
    _ONE,
)


async def examine_pushes(
    client: BigCommerceClient, *, needed: Collection[Capability], locations: Collection[str]
) -> tuple[Finding, ...]:
    """Examine what the pushes of a connection need; changes nothing."""
    findings: list[Finding] = []
    if {Capability.STOCK_IN, Capability.PRICES_IN} & {*needed}:
        findings.append(await probed(client, _PRODUCTS))
    if Capability.STOCK_IN in needed:
        findings.append(await probed(client, _INVENTORY))
    if locations and all(one.ok for one in findings):
        findings += await _locations(client, sorted(locations))
    return tuple(findings)


async def _locations(client: BigCommerceClient, wanted: Collection[str]) -> list[Finding]:
    operation = "locations"
    try:
        rows = await client.v3_list("/v3/inventory/locations", operation=operation)
    except CredentialsRejected as error:
        # Pushing takes no look at locations, so that their scope is not one that it needs.
        detail = f"Cannot be checked, which pushing does not need: {error}"
        return [Finding(check=f"Location {one}", ok=True, detail=detail) for one in wanted]
    there = {
        str(one.id): one for one in parsed_rows(WireLocation, rows, operation=operation) if one.id
    }
    return [_found(one, there) for one in wanted]


def _found(wanted: str, there: dict[str, WireLocation]) -> Finding:
    check = f"Location {wanted}"
    location = there.get(wanted)
    if location is not None:
        switched_off = "" if location.enabled else ", switched off: nothing is sold from it"
        return Finding(check=check, ok=True, detail=f"{location.label}{switched_off}")
    known = ", ".join(f"{number} ({one.label})" for number, one in sorted(there.items()))
    return Finding(
        check=check,
        ok=False,
        detail=f"The store has no location {wanted}; it has {known or 'none'}.",
        remedy="Map each warehouse to a location that is there: "
        "tillbridge map set location WAREHOUSE NUMBER",
    )

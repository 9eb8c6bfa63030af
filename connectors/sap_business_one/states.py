"""Translates the states of addresses to SAP's codes, which it insists on."""

from connectors.errors import NotFound, Unsupported
from connectors.sap_business_one.client import ServiceLayerClient
from connectors.sap_business_one.settings import SapBusinessOneSettings
from connectors.sap_business_one.text import literal
from domain.order import Address


class States:
    """The states of each country as the company has them, read once."""

    def __init__(self, settings: SapBusinessOneSettings, client: ServiceLayerClient) -> None:
        self._wanted = settings.profile.look_up_states
        self._client = client
        self._known: dict[str, dict[str, str]] = {}
        self._names: dict[tuple[str, str], str] = {}

    async def code(self, address: Address) -> str:
        """Return SAP's code of the address's state; empty: it has none, which is no obstacle."""
        country, state = address.country_code, address.state.strip().casefold()
        if not (self._wanted and country and state):
            return ""
        return (await self._listed(country)).get(state, "")

    async def name(self, country: str, code: str) -> str:
        """Return the full name of a state, which stores want; the code where none is known."""
        if not (self._wanted and country and code):
            return code
        await self._listed(country)
        return self._names.get((country, code), code)

    async def _listed(self, country: str) -> dict[str, str]:
        if country not in self._known:
            self._known[country] = await self._of(country)
        return self._known[country]

    async def _of(self, country: str) -> dict[str, str]:
        try:
            rows = await self._client.rows(
                "States", ("Code", "Name"), where=f"Country eq {literal(country)}", key="Code"
            )
        except (NotFound, Unsupported):  # nothing to translate by is no obstacle
            return {}
        codes: dict[str, str] = {}
        for row in rows:
            code = str(row.get("Code") or "")
            name = str(row.get("Name") or "")
            codes |= {code.casefold(): code, name.casefold(): code}
            self._names[country, code] = name or code
        return codes

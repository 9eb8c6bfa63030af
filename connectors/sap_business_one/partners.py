"""Business partners: found by e-mail or by name and postcode, opened, and kept up to date."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from connectors.errors import Conflict, NotFound, Rejected
from connectors.sap_business_one.answers import parsed
from connectors.sap_business_one.client import ServiceLayerClient, keyed
from connectors.sap_business_one.settings import Numbered, SapBusinessOneSettings
from connectors.sap_business_one.states import States
from connectors.sap_business_one.text import any_of, fitted, literal
from connectors.sap_business_one.verdict import Modified
from connectors.sap_business_one.wire import WireAddress, WirePartner
from connectors.transport import Effect
from domain.contacts import EVERY_PART, AccountContact, AccountPage, AccountPart
from domain.customer import Customer, ErpCustomer
from domain.order import Address

_COLUMNS = (
    "CardCode",
    "CardName",
    "EmailAddress",
    "Currency",
    "Frozen",
    "FrozenFrom",
    "FrozenTo",
    "BPAddresses",
)
_CONTACT_COLUMNS = (
    "CardCode",
    "CardName",
    "EmailAddress",
    "Phone1",
    "BilltoDefault",
    "BPAddresses",
)
_A_DAY = timedelta(days=1)
_ALL_CURRENCIES = "##"
_LONGEST_CODE = 15
_BILL_TO, _SHIP_TO = "bo_BillTo", "bo_ShipTo"
_NAMES = {_BILL_TO: "Web billing", _SHIP_TO: "Web shipping"}


class Partners:
    """The customers of one company."""

    def __init__(
        self, settings: SapBusinessOneSettings, client: ServiceLayerClient, states: States
    ) -> None:
        self._settings = settings
        self._client = client
        self._states = states

    async def find(self, customer: Customer) -> tuple[ErpCustomer, ...]:
        """Return the customers with this e-mail, else with this name and postcode.

        Neither is unique in SAP, so there may be several. A partner kept in all currencies is in
        the customer's, too.
        """
        found: list[ErpCustomer] = []
        email = customer.email.strip()
        if email:
            spellings = list(dict.fromkeys((email, email.lower())))
            partners = await self._partners(any_of("EmailAddress", spellings), any_case=True)
            found = self._in_currency(partners, customer.currency)
        name, postcode = fitted(customer.name, 100), fitted(customer.billing.postcode, 20)
        if not found and name and postcode:
            partners = await self._partners(f"CardName eq {literal(name)}")
            there = [one for one in partners if postcode in _postcodes(one)]
            found = self._in_currency(there, customer.currency)
        return tuple(found)

    async def by_code(self, code: str) -> WirePartner | None:
        """Return the partner with that code, or None."""
        try:
            return await self._client.read(
                f"{keyed('BusinessPartners', code)}?$select={','.join(_COLUMNS)}", WirePartner
            )
        except NotFound:
            return None

    async def create(self, customer: Customer) -> ErpCustomer:
        """Open a customer, numbered by SAP's series where one is set, else by us.

        Raises:
            Rejected: SAP refuses it, with its words.
            Conflict: the code that we would give is somebody else's.
            OutcomeUnknown: it may have been opened.
        """
        settings = self._settings
        if not fitted(customer.name, 100):
            raise Rejected("SAP Business One needs a name for a customer, and the store has none.")
        in_all = settings.customer_currency == "all"
        body: dict[str, object] = {
            "CardType": "cCustomer",
            "Currency": _ALL_CURRENCIES if in_all else settings.sap_currency(customer.currency),
            **_contact(customer),
            "BPAddresses": await self._addresses(customer, ()),
        }
        if Numbered.CUSTOMER in settings.series:
            body["Series"] = settings.series[Numbered.CUSTOMER]
        else:
            body["CardCode"] = self._own_code(customer)
        if settings.customer_group is not None:
            body["GroupCode"] = settings.customer_group
        try:
            answer = await self._client.create("BusinessPartners", body)
        except Conflict:
            return await self._already_there(customer, str(body.get("CardCode", "")))
        made = parsed(WirePartner, answer, "BusinessPartners", Effect.WRITE)
        return self.account(made, customer.currency)

    async def update(
        self, code: str, customer: Customer, parts: Collection[AccountPart] = EVERY_PART
    ) -> None:
        """Bring some parts up to date; everything else stays as it is.

        Raises:
            Rejected: SAP refuses it, or there is no such customer.
            Modified: somebody keeps changing it; try again.
        """
        try:
            await self._update_once(code, customer, parts)
        except Modified:
            await self._update_once(code, customer, parts)

    async def contact(self, code: str) -> AccountContact | None:
        """Read how a customer is called and reached."""
        path = f"{keyed('BusinessPartners', code)}?$select={','.join(_CONTACT_COLUMNS)}"
        try:
            return await self._contact_of(await self._client.read(path, WirePartner))
        except NotFound:
            return None

    async def as_kept(self, customer: Customer) -> AccountContact:
        """Return what SAP would hold of a customer; it keeps no person beside the name."""
        place = WireAddress.model_validate(
            {**_place(customer.billing), "State": await self._states.code(customer.billing)}
        )
        told = WirePartner.model_validate({"CardCode": "", **_contact(customer)})
        return await self._contact_of(told, place)

    async def changed(self, since: datetime | None, *, cursor: str) -> AccountPage:
        """List the customers changed since then, by day: the server's time has no zone.

        A day earlier, so that no zone and no change of clocks hides one.
        """
        where = "CardType eq 'cCustomer'"
        if since is not None:
            day = (since.astimezone(UTC) - _A_DAY).date()
            where += f" and UpdateDate ge {literal(day.isoformat())}"
        started = self._client.server_time
        rows, more = await self._client.page_after(
            "BusinessPartners",
            _CONTACT_COLUMNS,
            key="CardCode",
            last=cursor,
            where=where,
            size=self._settings.profile.sweep_page_size,
        )
        partners = [parsed(WirePartner, row, "BusinessPartners") for row in rows]
        return AccountPage(
            accounts=tuple([await self._contact_of(one) for one in partners]),
            next_cursor=partners[-1].code if more and partners else "",
            seen_until=started if not cursor else None,
        )

    def account(self, partner: WirePartner, currency: str) -> ErpCustomer:
        """Return what matching needs of a partner, seen from a buyer's currency."""
        in_all = partner.currency == _ALL_CURRENCIES
        return ErpCustomer(
            code=partner.code,
            name=partner.name,
            email=partner.email,
            postcode=next(iter(_postcodes(partner)), ""),
            currency=currency if in_all else self._settings.iso_currency(partner.currency),
            on_hold=partner.inactive,
        )

    async def _update_once(
        self, code: str, customer: Customer, parts: Collection[AccountPart]
    ) -> None:
        path = keyed("BusinessPartners", code)
        try:
            partner, etag = await self._client.read_tagged(path, WirePartner)
        except NotFound:
            raise Rejected(f"Customer {code} does not exist in SAP Business One.") from None
        body = _contact(customer, parts)
        if AccountPart.ADDRESS in parts:
            body["BPAddresses"] = await self._addresses(customer, partner.addresses)
        if body:
            await self._client.change(path, body, etag=etag)

    async def _contact_of(
        self, partner: WirePartner, place: WireAddress | None = None
    ) -> AccountContact:
        """Read a partner: the address that we keep there, else the usual one for bills."""
        billing = [one for one in partner.addresses if one.kind == _BILL_TO]
        ours = [one for one in billing if one.name == _NAMES[_BILL_TO]]
        usual = [one for one in billing if one.name == partner.bill_to]
        where = place or next(iter([*ours, *usual]), WireAddress())
        return AccountContact(
            code=partner.code,
            name=partner.name,
            email=partner.email,
            phone=partner.phone,
            address=Address(
                street_1=where.street,
                street_2=where.block,
                city=where.city,
                state=await self._states.name(where.country, where.state),
                postcode=where.postcode,
                country_code=where.country,
            ),
        )

    async def _already_there(self, customer: Customer, code: str) -> ErpCustomer:
        """Take the partner that holds our code if it is the same buyer: an answer was lost."""
        partner = await self.by_code(code) if code else None
        if partner is not None and customer.email.strip().lower() == partner.email.lower():
            return self.account(partner, customer.currency)
        raise Conflict(
            f"Code {code or 'of the series'} is taken by somebody else in SAP Business One.",
            remedy="Give the connection another customer_prefix, or map the buyer to a customer.",
        )

    async def _partners(self, where: str, *, any_case: bool = False) -> list[WirePartner]:
        rows = await self._client.rows(
            "BusinessPartners",
            _COLUMNS,
            where=f"CardType eq 'cCustomer' and {where}",
            key="CardCode",
            any_case=any_case,
        )
        return [parsed(WirePartner, row, "BusinessPartners") for row in rows]

    def _in_currency(self, partners: Sequence[WirePartner], currency: str) -> list[ErpCustomer]:
        accounts = [self.account(partner, currency) for partner in partners]
        return [account for account in accounts if account.currency == currency]

    def _own_code(self, customer: Customer) -> str:
        """Make a code: the store's id where it fits, else a hash; always the same for the same."""
        prefix = self._settings.customer_prefix
        other = self._settings.customer_currency == "order" and not self._settings.is_local(
            customer.currency
        )
        plain = f"{prefix}{customer.id}{customer.currency if other else ''}"
        if customer.id and len(plain) <= _LONGEST_CODE and plain.isalnum():
            return plain
        identity = f"{customer.resource}:{customer.currency if other else ''}"
        digest = hashlib.sha256(identity.encode()).hexdigest().upper()
        return f"{prefix}{digest}"[:_LONGEST_CODE]

    async def _addresses(
        self, customer: Customer, existing: Sequence[WireAddress]
    ) -> list[dict[str, object]]:
        """Write both addresses, over those of ours that are there; other people's are left."""
        written: list[dict[str, object]] = []
        for kind, address in ((_BILL_TO, customer.billing), (_SHIP_TO, customer.shipping)):
            name = _NAMES[kind]
            ours = [one for one in existing if one.kind == kind and one.name == name]
            body: dict[str, object] = {"AddressName": name, "AddressType": kind}
            if ours and ours[0].row is not None:
                body["RowNum"] = ours[0].row
            body |= _place(address)
            if state := await self._states.code(address):
                body["State"] = state
            written.append(body)
        return written


def _contact(customer: Customer, parts: Collection[AccountPart] = EVERY_PART) -> dict[str, object]:
    written = {
        AccountPart.NAME: {"CardName": fitted(customer.name, 100)},
        AccountPart.EMAIL: {"EmailAddress": fitted(customer.email.strip().lower(), 100)},
        AccountPart.PHONE: {"Phone1": fitted(customer.phone, 20)},
    }
    return {k: v for part, fields in written.items() if part in parts for k, v in fields.items()}


def _place(address: Address) -> dict[str, object]:
    place: dict[str, object] = {
        "AddressName2": fitted(address.name, 50),
        "Street": fitted(address.street_1, 100),
        "Block": fitted(address.street_2, 100),
        "City": fitted(address.city, 100),
        "ZipCode": fitted(address.postcode, 20),
    }
    if address.country_code:
        place["Country"] = address.country_code
    return place


def _postcodes(partner: WirePartner) -> list[str]:
    return [address.postcode for address in partner.addresses if address.postcode]

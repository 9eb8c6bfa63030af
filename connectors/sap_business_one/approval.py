"""Approval procedures: they make a draft of a posting, which is no posting, and must not be two."""

from connectors.errors import OutcomeUnknown, Rejected, Unsupported
from connectors.sap_business_one.answers import parsed
from connectors.sap_business_one.client import Row, ServiceLayerClient
from connectors.sap_business_one.settings import SapBusinessOneSettings
from connectors.sap_business_one.text import literal
from connectors.sap_business_one.wire import WireCreated
from connectors.transport import Effect


async def require_no_draft(
    client: ServiceLayerClient,
    settings: SapBusinessOneSettings,
    entity: str,
    field: str,
    key: str,
) -> None:
    """Refuse to post what an approval procedure has made a draft of: approved, it would be two.

    Raises:
        Rejected: such a draft exists.
    """
    if not settings.profile.approval_procedures:
        return
    try:
        drafts = await client.rows(entity, ("DocEntry",), where=f"{field} eq {literal(key)}")
    except Unsupported:  # a release without such drafts has no such approvals
        return
    if drafts:
        raise Rejected(
            f"{key} is a draft awaiting approval in SAP Business One "
            f"(draft {drafts[0].get('DocEntry')}).",
            remedy="Approve and add the draft, or remove it, in SAP Business One; then retry.",
        )


async def require_posted(
    client: ServiceLayerClient,
    settings: SapBusinessOneSettings,
    entity: str,
    field: str,
    key: str,
    answer: Row,
) -> None:
    """See whether a posting's answer names what was posted.

    Raises:
        Rejected: an approval procedure has made a draft of it.
        OutcomeUnknown: nothing tells what became of it.
    """
    if not parsed(WireCreated, answer, entity, Effect.WRITE).intercepted:
        return
    await require_no_draft(client, settings, entity, field, key)
    raise OutcomeUnknown(f"SAP Business One took {key} without naming its number.")

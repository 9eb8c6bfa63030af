"""What differs between the ERPs when they are broken: one record for each that there is."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.faults import FaultKind
from starters.faults.facts import LedgerFacts
from starters.faults.ledgers import acumatica_ledger, sap_business_one_ledger, syspro_ledger

Ending = Literal["expire-session", "steal-session"]


@dataclass(frozen=True)
class Turn:
    """One turn of a stand-in's knob: its name below `/_sandbox/`, and the body."""

    knob: str
    body: str = "{}"


@dataclass(frozen=True)
class SessionEnd:
    """How a session ends there: what is done to the stand-in, and what is undone seconds later."""

    meaning: str
    turns: tuple[Turn, ...]
    undone: tuple[Turn, ...] = ()


@dataclass(frozen=True)
class ErpUnderFault:
    """How an ERP is broken, and how its books are read."""

    endings: Mapping[Ending, SessionEnd]
    ledger: Callable[[Mapping[str, Any]], LedgerFacts]
    fleeting: re.Pattern[str]
    """Names in its ledger of what differs between two equal runs: ids, when."""
    postings: str
    """Searched in the path of a call: it writes a document."""
    told_apart_by: str = ""
    """The parameter that tells calls of one path apart."""
    waits: tuple[str, ...] = ()
    """Settings of its profile that say how long an answer is waited for, in seconds."""
    besides: tuple[FaultKind, ...] = ()
    """What befalls it in a soak, beside what befalls every system."""


ERPS_UNDER_FAULT: Mapping[str, ErpUnderFault] = {
    "syspro": ErpUnderFault(
        endings={
            "expire-session": SessionEnd(
                "the session ends at this instant", (Turn("expire-session"),)
            ),
            "steal-session": SessionEnd(
                "somebody else logs on as our operator at this instant", (Turn("steal-session"),)
            ),
        },
        ledger=syspro_ledger,
        # Numbers, too: a second attempt uses them up.
        fleeting=re.compile(
            r"date_|.*_date$|added|dated|entered|ordered|paid|posted_on|period|journal|register|number"
        ),
        postings="Transaction/Post",
        told_apart_by="BusinessObject",
        waits=("post_seconds", "statement_seconds"),
    ),
    "acumatica": ErpUnderFault(
        endings={
            "expire-session": SessionEnd(
                "the access token is past its time at this instant", (Turn("expire-token"),)
            ),
            "steal-session": SessionEnd(
                "our session ends at this instant, and other programs take every licence seat "
                "for 3 s",
                (Turn("expire-session"), Turn("take-seat")),
                (Turn("free-seat"),),
            ),
        },
        ledger=acumatica_ledger,
        fleeting=re.compile(r"on$"),
        postings=r"/(SalesOrder|SalesInvoice|Payment)$|/Release\w+$",
        besides=(FaultKind.BAD_GATEWAY,),
    ),
    "sap-business-one": ErpUnderFault(
        endings={
            "expire-session": SessionEnd(
                "B1SESSION is no longer valid at this instant", (Turn("expire-session"),)
            ),
            "steal-session": SessionEnd(
                "B1SESSION is no longer valid, and as others log in at this instant, our log-in is "
                "refused once (500, code 299); another log-in alone ends no session here",
                (
                    Turn("expire-session"),
                    Turn(
                        "refuse-next",
                        '{"path": "^Login$", "status": 500, "code": 299, '
                        '"text": "SAML Login Failed"}',
                    ),
                ),
            ),
        },
        ledger=sap_business_one_ledger,
        fleeting=re.compile(r"dated$"),
        postings=r"/(Orders|Invoices|CreditNotes|IncomingPayments|VendorPayments)$",
        waits=("post_seconds", "login_seconds"),
        besides=(FaultKind.BAD_GATEWAY,),
    ),
}

"""How each ERP is broken: every one there is, by knobs that its stand-in has."""

import re

import httpx
import pytest

from sandbox.erps import ERPS
from starters.faults.matrix.cases import ENDINGS
from starters.faults.systems import ERPS_UNDER_FAULT, ErpUnderFault


def test_every_erp_there_is_can_be_broken() -> None:
    assert set(ERPS_UNDER_FAULT) == set(ERPS)


@pytest.mark.parametrize("erp", ERPS)
async def test_every_end_of_a_session_is_a_knob_of_the_stand_in(erp: str) -> None:
    under_fault = ERPS_UNDER_FAULT[erp]
    assert set(under_fault.endings) == set(ENDINGS.values())
    transport = httpx.ASGITransport(ERPS[erp].open(None).app)
    async with httpx.AsyncClient(transport=transport, base_url="http://knobs") as http:
        for end in under_fault.endings.values():
            for turn in (*end.turns, *end.undone):
                answer = await http.post(f"/_sandbox/{turn.knob}", content=turn.body)
                assert answer.is_success, answer.text


@pytest.mark.parametrize(
    ("erp", "path"),
    [
        ("syspro", "/SYSPROWCFService/Rest/Transaction/Post"),
        ("acumatica", "/entity/Default/24.200.001/SalesOrder"),
        ("acumatica", "/entity/Default/24.200.001/Payment/ReleasePayment"),
        ("sap-business-one", "/b1s/v2/Invoices"),
        ("sap-business-one", "/b1s/v1/IncomingPayments"),
    ],
)
def test_a_soak_aims_at_postings(erp: str, path: str) -> None:
    assert _aims_at(ERPS_UNDER_FAULT[erp], path)
    assert not _aims_at(ERPS_UNDER_FAULT[erp], f"{path.rpartition('/')[0]}/Login")


def _aims_at(erp: ErpUnderFault, path: str) -> bool:
    return re.search(erp.postings, path) is not None

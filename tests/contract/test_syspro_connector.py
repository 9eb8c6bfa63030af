"""Our SYSPRO requests and parser against recorded exchanges with a SYSPRO 7."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
import yaml

from connectors.errors import CredentialsRejected, SessionExpired
from connectors.sessions import Session
from connectors.syspro.client import EnetClient
from connectors.syspro.documents import rendered
from connectors.syspro.find import ComfndRows, Find, equals
from connectors.syspro.profile import BusinessObject, SysproProfile
from connectors.syspro.settings import SysproSettings
from connectors.syspro.verdict import check, problems_in, text_failure
from connectors.syspro.xml import parse
from connectors.transport import Transport

_ROOT = Path(__file__).parents[2]
_SPECS = Path(os.environ.get("TILLBRIDGE_SPECS", str(_ROOT.parent / "shared" / "specs")))
_SAMPLES = _SPECS / "syspro" / "rest-wire-samples"
_TOKEN = "96AB04439FC3B84BAEC49E6E11DA770900"

pytestmark = pytest.mark.skipif(
    not _SAMPLES.is_dir(), reason=f"no recorded SYSPRO exchanges in {_SAMPLES}"
)


def _exchanges(name: str) -> list[dict[str, Any]]:
    # The recorder replaced every capital L by a placeholder.
    text = (_SAMPLES / f"{name}.yml").read_text().replace("<syspro_company>", "L")
    return yaml.safe_load(text)["http_interactions"]


def _answer(name: str, index: int = -1) -> bytes:
    return str(_exchanges(name)[index]["response"]["body"]["string"]).encode("cp1252")


class Kept:
    def __init__(self) -> None:
        self.session = Session(token=_TOKEN, version=1, renewed_at=datetime.now(UTC))

    async def current(self) -> Session | None:
        return self.session

    async def renew(self, stale: Session | None, logon: Any) -> Session:
        token = await logon()
        self.session = self.session.model_copy(update={"token": token, "version": 2})
        return self.session

    async def end(self, session: Session) -> bool:
        return True

    def exclusive(self) -> Any:
        import contextlib

        return contextlib.nullcontext()


class Recorded:
    """A SYSPRO that answers what was recorded and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.answers: Iterator[bytes] = iter(())
        self.settings = SysproSettings(
            rest_base_url="http://syspro.example:90/SYSPROWCFService/Rest",
            operator="TILL",
            operator_password="secret",  # type: ignore[arg-type]
            company="L",
            logoff_on_close=True,
        )
        network = httpx.MockTransport(self._answer)
        transport = Transport(system="SYSPRO", transport=network)
        self.client = EnetClient(self.settings, Kept(), transport)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return httpx.Response(200, content=next(self.answers))


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()


def _form(url: str) -> tuple[str, set[str]]:
    parts = urlsplit(url)
    names = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    return parts.path.lower(), names


async def _asked_as(recorded: Recorded, name: str) -> None:
    path, names = _form(_exchanges(name)[-1]["request"]["uri"])
    asked_path, asked_names = _form(str(recorded.asked[-1].url))
    assert asked_path == path
    assert names <= asked_names


async def test_a_search_is_asked_and_read_as_recorded(recorded: Recorded) -> None:
    recorded.answers = iter([_answer("test_query_query")])
    rows = await ComfndRows(recorded.client, SysproProfile()).select(
        "InvMaster",
        ("StockCode",),
        where=(equals("StockCode", "02"),),
        order_by=("StockCode",),
        limit=5,
    )
    assert rows == ({"StockCode": "02"},)
    await _asked_as(recorded, "test_query_query")
    sent = dict(parse_qsl(urlsplit(str(recorded.asked[-1].url)).query))["XmlIn"]
    uri = _exchanges("test_query_query")[-1]["request"]["uri"]
    theirs = parse(dict(parse_qsl(urlsplit(uri).query))["XmlIn"].encode())
    ours = parse(sent.encode())
    for path in ("TableName", "ReturnRows", "Columns/Column", "OrderBy/Column"):
        assert ours.first(path) == theirs.first(path)
    for part in ("OpenBracket", "Column", "Condition", "Value", "CloseBracket"):
        path = f"Where/Expression/{part}"
        assert ours.first(path) == theirs.first(path)


async def test_a_logon_is_asked_as_recorded_and_its_token_is_trimmed(recorded: Recorded) -> None:
    answers = [b"ERROR: not logged on", _answer("test_logon"), _answer("test_query_query")]
    recorded.answers = iter(answers)
    query = rendered(_find(), BusinessObject.FIND, SysproProfile())
    await recorded.client.query(BusinessObject.FIND, query)
    path, names = _form(_exchanges("test_logon")[-1]["request"]["uri"])
    asked_path, asked_names = _form(str(recorded.asked[1].url))
    assert asked_path == path
    assert names <= asked_names
    assert "UserId=3EA613166FE4BF47925DF1CEA14E910100&" in str(recorded.asked[2].url)


def _find() -> Find:
    from connectors.syspro.find import Columns, OrderBy

    return Find(
        table="InvMaster",
        limit="1",
        columns=Columns(names=["StockCode"]),
        order_by=OrderBy(names=["StockCode"]),
    )


async def test_a_refused_logon_is_a_matter_of_credentials(recorded: Recorded) -> None:
    recorded.answers = iter([b"ERROR: not logged on", _answer("test_logon_error")])
    with pytest.raises(CredentialsRejected, match="Invalid operator password"):
        await recorded.client.operator_profile()


async def test_the_version_is_read_without_a_session(recorded: Recorded) -> None:
    recorded.answers = iter([_answer("test_get_syspro_version")])
    assert await recorded.client.version() == "7.0.0.6"
    await _asked_as(recorded, "test_get_syspro_version")


async def test_a_logoff_is_asked_as_recorded(recorded: Recorded) -> None:
    recorded.answers = iter([_answer("test_successful_logoff")])
    await recorded.client.close()
    await _asked_as(recorded, "test_successful_logoff")


async def test_a_setup_is_asked_and_its_lower_case_answer_read_as_recorded(
    recorded: Recorded,
) -> None:
    recorded.answers = iter([_answer("test_comsfm")])
    answer = await recorded.client.setup("Add", BusinessObject.CUSTOMER, "<P/>", "<D/>")
    await _asked_as(recorded, "test_comsfm")
    assert answer.first("Item/Key/KeyField") == "U03679"


async def test_a_posting_is_asked_and_read_as_recorded_without_any_counter(
    recorded: Recorded,
) -> None:
    recorded.answers = iter([_answer("test_portor")])
    answer = await recorded.client.post(BusinessObject.AR_INVOICE, "<P/>", "<D/>")
    await _asked_as(recorded, "test_portor")
    assert answer.first("item/key/grn") == "P00013151"
    assert answer.first("item/key/lotnumber") == "7097505"


def test_a_recorded_setup_error_is_read_with_field_number_and_words() -> None:
    answer = parse(_answer("test_invsws_errors"))
    [problem] = problems_in(answer)
    assert (problem.field, problem.number) == ("item/stockcode", "240004")
    assert problem.words == "Stock code '1004' not found"
    with pytest.raises(Exception, match="Stock code '1004' not found"):
        check(answer, "INVSWS", SysproProfile())


def test_a_bogus_token_is_read_as_a_dead_session() -> None:
    text = _answer("test_logoff_error").decode()
    assert isinstance(text_failure(text, "Logoff", SysproProfile()), SessionExpired)


def test_a_recorded_row_is_read_with_its_padding_trimmed() -> None:
    row = parse(_answer("test_query_fetch"))
    assert row.first("StockCode") == "02"
    assert row.first("LongDesc") == "SPEARMINT TERPENES"
    assert row.first("ConvFactAltUom") == "2.204620"

"""e.net over REST: every answer is 200 with a body to be read, be it good or bad news."""

from collections.abc import Callable, Mapping
from functools import partial
from xml.etree.ElementTree import Element

from sandbox.syspro import (
    arsscs,
    arstin,
    arstpy,
    comfnd,
    gentjl,
    order_invoicing,
    queries,
    sales_orders,
)
from sandbox.syspro.books import Books
from sandbox.syspro.refusals import BrokenDocument, Refused
from sandbox.syspro.sessions import Sessions
from sandbox.syspro.xml import Node, answer, local_name, parse

_QUERIES: dict[str, tuple[str, Callable[[Books, Element], list[Node]]]] = {
    "ARSQRY": ("ARStatement", queries.arsqry),
    "IMPQ29": ("SalesLedgerInterface", queries.impq29),
    "IMPQIK": ("SetKeyInformation", queries.impqik),
    "IMPQGI": ("GLLedgIntegrationOptionsReport", queries.impqgi),
    "GENQGL": ("GLStructureQuery", queries.genqgl),
    "GENQPP": ("GlPeriodQuery", queries.genqpp),
    "INVQRY": ("InvQuery", queries.invqry),
    "SORQRY": ("SorDetail", queries.sorqry),
}
_TRANSACTIONS: dict[
    str, tuple[str, str, Callable[[Books, Element | None, Element], list[Node]]]
] = {
    "ARSTIN": (arstin.ROOT, "PostArInvoices", arstin.post),
    "ARSTPY": (arstpy.ROOT, "PostArPayment", arstpy.post),
    "SORTOI": (sales_orders.ROOT, "SalesOrders", sales_orders.post),
    "SORTIC": (order_invoicing.ROOT, "PostSalesOrderInvoice", order_invoicing.post),
    "GENTJL": (gentjl.ROOT, "PostGlJournal", gentjl.post),
}
_MISSING_OBJECT = "ERROR: e.net exception raised: 100000"

Query = Mapping[str, str]


class Enet:
    """The calls of the service; raises BrokenDocument with the text to answer."""

    def __init__(self, books: Books, sessions: Sessions) -> None:
        self._books = books
        self._sessions = sessions
        self._calls: dict[str, Callable[[Query], bytes]] = {
            "/logon": self._logon,
            "/logoff": self._logoff,
            "/getversion": self._version,
            "/getlogonprofile": self._profile,
            "/query/query": self._query,
            "/query/browse": partial(self._table, "COMBRW", comfnd.browse),
            "/query/fetch": partial(self._table, "COMFCH", comfnd.fetch),
            "/setup/add": partial(self._setup, "Add"),
            "/setup/update": partial(self._setup, "Update"),
            "/transaction/post": self._transaction,
        }

    def knows(self, path: str) -> bool:
        """Whether the service has such a call."""
        return path in self._calls

    def call(self, path: str, query: Query) -> bytes:
        """The body of the answer to a call that the service knows."""
        try:
            return self._calls[path](query)
        except BrokenDocument as problem:
            return str(problem).encode("cp1252", errors="replace")
        except Refused as refused:
            # A parameter is wrong: there is no item yet to carry the error.
            return f"ERROR: {refused.number} {refused.text}".encode("cp1252", errors="replace")

    def post_large(self, body: bytes) -> bytes:
        """PostLD: the same as a post, wrapped in an envelope."""
        try:
            envelope = parse(body)
        except BrokenDocument as problem:
            return str(problem).encode()
        if local_name(envelope) != "TransactionPostLD":
            return b"ERROR: Element TransactionPostLD expected"
        query = {local_name(child): child.text or "" for child in envelope}
        return self.call("/transaction/post", query)

    def _logon(self, query: Query) -> bytes:
        names = ("Operator", "OperatorPassword", "CompanyId", "CompanyPassword")
        absent = [name for name in names if name not in query]
        if absent:
            raise BrokenDocument(f"ERROR: Parameter {absent[0]} is missing")
        token = self._sessions.logon(*(query[name] for name in names))
        if self._books.settings.token_wrapped:
            return f"<string>{token}</string>".encode()
        return token.encode()

    def _logoff(self, query: Query) -> bytes:
        self._sessions.logoff(query.get("UserId", ""))
        return b"0"

    def _version(self, _: Query) -> bytes:
        return self._books.settings.version.encode()

    def _profile(self, query: Query) -> bytes:
        session = self._sessions.use(query.get("UserId", ""))
        settings = self._books.settings
        today = self._books.today.isoformat()
        return self._answer(
            "UserProfile",
            [
                ("CompanyName", settings.company_name),
                ("OperatorCode", session.operator),
                ("AccountingDate", today),
                ("CompanyDate", today),
                ("DefaultArBranch", settings.default_branch),
                ("DefaultWarehouse", settings.default_warehouse),
                ("LocalCurrencyCode", settings.local_currency),
                ("DateFormat", "1"),
                ("SysproVersion", settings.version),
                ("EnetVersion", settings.version),
            ],
        )

    def _query(self, query: Query) -> bytes:
        code = self._object(query)
        document = parse(query.get("XmlIn", ""))
        if code == "COMFND":
            return self._answer(*comfnd.find(self._books, document))
        if code not in _QUERIES:
            raise BrokenDocument(_MISSING_OBJECT)
        root, ask = _QUERIES[code]
        return self._answer(root, ask(self._books, document))

    def _table(
        self,
        code: str,
        read: Callable[[Books, Element], tuple[str, list[Node]]],
        query: Query,
    ) -> bytes:
        self._object({**query, "BusinessObject": code})
        return self._answer(*read(self._books, parse(query.get("XmlIn", ""))))

    def _setup(self, verb: arsscs.Verb, query: Query) -> bytes:
        if self._object(query) != "ARSSCS":
            raise BrokenDocument(_MISSING_OBJECT)
        parameters, document = self._documents(query, "SetupArCustomer")
        nodes = arsscs.post(self._books, parameters, document, verb=verb)
        return self._answer(arsscs.ROOT, nodes)

    def _transaction(self, query: Query) -> bytes:
        code = self._object(query)
        if code not in _TRANSACTIONS:
            raise BrokenDocument(_MISSING_OBJECT)
        root, expected, post = _TRANSACTIONS[code]
        parameters, document = self._documents(query, expected)
        return self._answer(root, post(self._books, parameters, document))

    def _object(self, query: Query) -> str:
        self._sessions.use(query.get("UserId", ""))
        code = query.get("BusinessObject", "").upper()
        if code not in self._books.settings.licensed:
            raise BrokenDocument(_MISSING_OBJECT)
        return code

    def _documents(self, query: Query, expected: str) -> tuple[Element | None, Element]:
        given = query.get("XmlParameters", "").strip()
        if not given:
            raise BrokenDocument("ERROR: XmlParameters is missing")
        document = parse(query.get("XmlIn", ""))
        if document.tag != expected:
            raise BrokenDocument(f"ERROR: Element {expected} expected, {document.tag} found")
        return parse(given), document

    def _answer(self, root: str, nodes: list[Node]) -> bytes:
        return answer(root, nodes, version=self._books.settings.version)

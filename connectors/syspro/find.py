"""Reads table rows: by OData where it is configured and licensed, by COMFND everywhere else."""

import logging
from collections.abc import Mapping, Sequence
from typing import Protocol

from pydantic_xml import element

from connectors.errors import NotFound
from connectors.syspro.client import EnetClient
from connectors.syspro.documents import Document, Text, rendered
from connectors.syspro.odata import ODataClient
from connectors.syspro.profile import BusinessObject, SysproProfile
from connectors.syspro.text import fits
from domain.record import Record

Row = Mapping[str, str]
log = logging.getLogger(__name__)


class Condition(Record):
    """A column that must equal one of the values; all conditions of a search must hold."""

    column: str
    values: tuple[str, ...]


class After(Record):
    """Where a page begins: behind the row whose first key column has this value."""

    column: str
    value: str


def equals(column: str, *values: str) -> Condition:
    """Return the condition that a column equals one of the values, exactly as it is written.

    A text that SYSPRO cannot keep equals nothing there. Transliterated it might equal somebody
    else's: the e-mail address of another customer in full-width letters, say.
    """
    return Condition(column=column, values=tuple(value for value in values if fits(value)))


class Rows(Protocol):
    """Rows of SYSPRO's tables; every cell is trimmed text."""

    async def select(
        self,
        table: str,
        columns: Sequence[str],
        *,
        where: Sequence[Condition],
        order_by: Sequence[str],
        limit: int | None = None,
        after: After | None = None,
    ) -> tuple[Row, ...]:
        """Return the rows where every condition holds. `order_by` is the table's key.

        Raises:
            Unavailable: no answer.
            Refusal: the service refuses the question.
        """
        ...


class Expression(Document, tag="Expression"):
    """One comparison; AndOr joins it to the one before."""

    open_bracket: str | None = element(tag="OpenBracket", default=None)
    and_or: str | None = element(tag="AndOr", default=None)
    column: str = element(tag="Column")
    condition: str = element(tag="Condition", default="EQ")
    value: Text = element(tag="Value")
    close_bracket: str | None = element(tag="CloseBracket", default=None)


class Columns(Document, tag="Columns"):
    """What to return."""

    names: list[str] = element(tag="Column")


class Where(Document, tag="Where"):
    """What must hold."""

    expressions: list[Expression] = element()


class OrderBy(Document, tag="OrderBy"):
    """In which order."""

    names: list[str] = element(tag="Column")


class Find(Document, tag="Query"):
    """Document of COMFND. Without ReturnRows it would return the whole table."""

    table: str = element(tag="TableName")
    limit: str = element(tag="ReturnRows")
    columns: Columns = element()
    where: Where | None = element(default=None)
    order_by: OrderBy = element()


class ComfndRows:
    """Searches by COMFND, with nothing but the operator's own session."""

    def __init__(self, client: EnetClient, profile: SysproProfile) -> None:
        self._client = client
        self._profile = profile

    async def select(
        self,
        table: str,
        columns: Sequence[str],
        *,
        where: Sequence[Condition],
        order_by: Sequence[str],
        limit: int | None = None,
        after: After | None = None,
    ) -> tuple[Row, ...]:
        """As `Rows.select`; returns at most `find_limit` rows."""
        expressions = _expressions(where)
        if after is not None:
            joint = "and" if expressions else None
            behind = Expression(
                open_bracket="(",
                and_or=joint,
                column=after.column,
                condition="GT",
                value=after.value,
                close_bracket=")",
            )
            expressions.append(behind)
        query = Find(
            table=self._profile.table(table),
            limit=str(min(limit or self._profile.find_limit, self._profile.find_limit)),
            columns=Columns(names=list(columns)),
            where=Where(expressions=expressions) if expressions else None,
            order_by=OrderBy(names=list(order_by)),
        )
        document = rendered(query, BusinessObject.FIND, self._profile)
        answer = await self._client.query(BusinessObject.FIND, document)
        return tuple({name: row.first(name) for name in columns} for row in answer.all("Row"))


def _expressions(where: Sequence[Condition]) -> list[Expression]:
    expressions: list[Expression] = []
    for condition in where:
        last = len(condition.values) - 1
        for index, value in enumerate(condition.values):
            joint = "or" if index else ("and" if expressions else None)
            expressions.append(
                Expression(
                    open_bracket=None if index else "(",
                    and_or=joint,
                    column=condition.column,
                    value=value,
                    close_bracket=")" if index == last else None,
                )
            )
    return expressions


class PreferredRows:
    """OData as long as the site has it; from its first absence on, COMFND."""

    def __init__(self, odata: ODataClient | None, comfnd: ComfndRows) -> None:
        self._odata = odata
        self._comfnd = comfnd

    async def select(
        self,
        table: str,
        columns: Sequence[str],
        *,
        where: Sequence[Condition],
        order_by: Sequence[str],
        limit: int | None = None,
        after: After | None = None,
    ) -> tuple[Row, ...]:
        """As `Rows.select`. A condition without values holds for nothing, so nothing is asked."""
        if not all(condition.values for condition in where):
            return ()
        if self._odata is not None:
            alternatives = [(condition.column, condition.values) for condition in where]
            try:
                return await self._odata.select(
                    table,
                    columns,
                    where=alternatives,
                    order_by=order_by,
                    limit=limit,
                    after=(after.column, after.value) if after else None,
                )
            except NotFound as absent:
                log.warning("%s Reading by COMFND from now on.", absent)
                self._odata = None
        return await self._comfnd.select(
            table, columns, where=where, order_by=order_by, limit=limit, after=after
        )

"""Setting mapping rules, and letting go what was held for want of them."""

from collections.abc import Sequence

from domain.mapping import Rules
from domain.record import Record
from journal.holds import OpenHold
from journal.mappings import MappingRow
from journal.opening import Journal
from settings.model import ConnectionSettings
from starters.decisions import RuleKey, ended_by_rules, open_holds
from starters.mappings_csv import Rule


class ListedRule(Record):
    """A rule in force, where it comes from and who set it."""

    kind: str
    key: str
    value: str
    source: str  # journal, settings
    actor: str = ""
    changed_at: str = ""


async def set_rules(
    journal: Journal, connection: str, rules: Sequence[Rule], *, actor: str
) -> tuple[int, list[OpenHold]]:
    """Set the rules, all or none; return how many changed and the holds that they may end.

    A rule that stood already counts for the holds as well: its first setting may have come when
    Temporal was away.
    """
    rows = [MappingRow(connection=connection, **rule.model_dump()) for rule in rules]
    changed = await journal.mappings.replace_many(rows, actor)
    keys = [RuleKey(kind=rule.kind, key=rule.key) for rule in rules]
    return changed, ended_by_rules(await open_holds(journal, connection), keys)


async def rules_in_force(
    journal: Journal, connection: str, settings: ConnectionSettings
) -> list[ListedRule]:
    """List the journal's rules, and those of the settings that none of them overrides."""
    listed = [
        ListedRule(
            kind=row.kind,
            key=row.key,
            value=row.value,
            source="journal",
            actor=row.actor,
            changed_at=row.changed_at.isoformat(timespec="seconds"),
        )
        for row in await journal.mappings.list(connection)
    ]
    known = {(rule.kind, rule.key) for rule in listed}
    for kind, table in settings.rules_with(Rules()).table.items():
        listed += [
            ListedRule(kind=kind, key=key, value=value, source="settings")
            for key, value in table.items()
            if (kind.value, key) not in known
        ]
    return sorted(listed, key=lambda rule: (rule.kind, rule.key))

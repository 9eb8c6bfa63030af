"""`tillbridge map` against a journal, without Temporal."""

import json
from datetime import UTC, datetime
from typing import Any

from domain.hold import Hold, HoldCode
from domain.mapping import RuleKind


def test_a_rule_that_was_set_is_listed_with_who_set_it(shop: Any) -> None:
    assert shop.run("map", "set", "item", "SKU-1", "A100", "--actor", "ann").exit_code == 0

    listed = json.loads(shop.run("map", "list", "--json").stdout)
    assert ("item", "SKU-1", "A100", "journal", "ann") in [
        (rule["kind"], rule["key"], rule["value"], rule["source"], rule["actor"]) for rule in listed
    ]


def test_the_settings_own_rules_are_listed_until_one_of_the_journal_overrides_them(
    shop: Any,
) -> None:
    def shipping() -> tuple[str, str]:
        listed = json.loads(shop.run("map", "list", "--json").stdout)
        (rule,) = [rule for rule in listed if rule["key"] == "shipping"]
        return rule["source"], rule["value"]

    assert shipping() == ("settings", "FREIGHT")
    shop.run("map", "set", "revenue", "shipping", "POST")
    assert shipping() == ("journal", "POST")


def test_setting_a_rule_needs_no_temporal_when_nothing_is_held_for_it(shop: Any) -> None:
    result = shop.run("map", "set", "item", "SKU-1", "A100", "--json")
    assert json.loads(result.stdout) == {"rules": 1, "changed": 1, "released": 0}


def test_a_rule_is_kept_when_temporal_is_away_and_the_message_says_how_to_go_on(shop: Any) -> None:
    hold = Hold(
        step="document",
        code=HoldCode.MAPPING_MISSING,
        reason="SKU-1 is unknown.",
        mapping_kind="item",
        mapping_key="SKU-1",
    )
    shop.remember(lambda j: j.holds.open("main", "order:7", hold, since=datetime.now(UTC)))

    result = shop.run("map", "set", "item", "SKU-1", "A100")

    assert result.exit_code == 3
    assert "tillbridge retry --code mapping-missing" in result.stderr
    kept = shop.remember(lambda journal: journal.mappings.rules("main"))
    assert kept.find(RuleKind.ITEM, "SKU-1") == "A100"


def test_an_unknown_kind_is_wrong_usage_that_names_the_kinds(shop: Any) -> None:
    result = shop.run("map", "set", "colour", "red", "R")
    assert result.exit_code == 2
    assert "payment-method" in result.stderr


def test_a_file_with_one_bad_row_changes_nothing(shop: Any) -> None:
    file = shop.folder / "rules.csv"
    file.write_text("kind,key,value\nitem,SKU-1,A100\nitem,SKU-2,=SUM(A1)\n")

    result = shop.run("map", "import", str(file))

    assert result.exit_code == 1
    assert "Line 3: the value looks like a formula" in result.stderr
    assert shop.remember(lambda journal: journal.mappings.list("main")) == ()


def test_an_exported_file_is_imported_again_without_a_change(shop: Any) -> None:
    file = shop.folder / "rules.csv"
    assert shop.run("map", "set", "item", "--", "-5%", "=A100").exit_code == 0
    shop.run("map", "set", "item", "Schlüssel", "K,1")
    assert shop.run("map", "export", str(file)).exit_code == 0

    result = shop.run("map", "import", str(file), "--json")

    assert json.loads(result.stdout)["changed"] == 0
    assert "item,'-5%,'=A100" in shop.run("map", "export").stdout
    assert 'item,Schlüssel,"K,1"' in shop.run("map", "export").stdout


def test_a_removed_rule_is_gone_and_removing_it_again_says_so(shop: Any) -> None:
    shop.run("map", "set", "item", "SKU-1", "A100")
    assert shop.run("map", "remove", "item", "SKU-1").exit_code == 0
    again = shop.run("map", "remove", "item", "SKU-1")
    assert again.exit_code == 1
    assert "no rule item 'SKU-1'" in again.stderr

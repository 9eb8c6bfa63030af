import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from domain.mapping import RuleKind, Rules
from domain.plan import EditPolicy
from settings.load import SettingsInvalid, load_settings
from settings.model import Settings

TOML = """
[keys]
journal = "env:JOURNAL_KEYS"
payloads = "k1:payload-key"

[connections.main.policy]
key_prefix = "BC-"

[connections.main.webhooks]
path_secret = "env:PATH_SECRET"

[connections.main.store]
type = "bigcommerce"
access_token = "secret:store-token"
hashes = ["env:PATH_SECRET", "plain"]

[connections.main.erp]
type = "syspro"

[connections.main.mappings.item]
"SKU-1" = "A100"
"*" = "WEB"
"""
ENV = {"JOURNAL_KEYS": "k1:journal-key", "PATH_SECRET": "hush-hush"}


class Folder:
    """A folder with a settings file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = path / "tillbridge.toml"

    def load(self, text: str = TOML, **env: str) -> Settings:
        self.file.write_text(text, encoding="utf-8")
        return load_settings(self.file, {**ENV, **env})

    def refused(self, text: str = TOML, **env: str) -> str:
        with pytest.raises(SettingsInvalid) as refusal:
            self.load(text, **env)
        return str(refusal.value)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def revealed(secret: SecretStr) -> str:
    return secret.get_secret_value()


def test_what_is_left_out_has_its_default(folder: Folder) -> None:
    settings = folder.load()
    assert settings.temporal.address == "localhost:7233"
    assert settings.connection("main").policy.edits is EditPolicy.HOLD
    assert settings.connection("main").erp_type == "syspro"


def test_settings_know_the_folder_they_lie_in(folder: Folder) -> None:
    assert folder.load().folder == folder.path.resolve()


def test_a_missing_file_is_named_together_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"no settings file .*tillbridge\.example\.toml"):
        load_settings(tmp_path / "tillbridge.toml", {})


def test_the_file_may_be_named_by_the_environment(folder: Folder) -> None:
    folder.load()
    env = {**ENV, "TILLBRIDGE_CONFIG": str(folder.file)}
    assert load_settings(env=env).folder == folder.path.resolve()


def test_without_any_name_the_file_is_looked_for_where_we_are(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.load()
    monkeypatch.chdir(folder.path)
    assert load_settings(env=ENV).folder == folder.path.resolve()


@pytest.mark.parametrize("text", ["[keys", 'a = "1"\na = "2"', "x = "])
def test_what_is_not_toml_is_said_to_be_none(folder: Folder, text: str) -> None:
    message = folder.refused(text)
    assert "is not valid TOML" in message
    assert str(folder.file) in message


def test_what_is_not_text_is_said_to_be_no_toml(folder: Folder) -> None:
    folder.file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsInvalid, match="not valid TOML"):
        load_settings(folder.file, ENV)


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ("[temporall]\n", "temporall"),
        ('[temporal]\nadress = "x"\n', "temporal.adress"),
        ("[connections.main.schedules]\ncatchup_minutes = 3\n", "main.schedules.catchup_minutes"),
        ('[connections.main.mappings.items]\na = "b"\n', "main.mappings.items"),
    ],
)
def test_a_misspelt_name_is_an_error_that_names_it(folder: Folder, line: str, where: str) -> None:
    assert where in folder.refused(TOML + line)


def test_every_fault_is_named_at_once(folder: Folder) -> None:
    message = folder.refused(
        TOML + '[worker]\nmax_activities = "many"\n[temporal]\ntls = "maybe"\n'
    )
    assert "2 fault(s)" in message
    assert "worker.max_activities" in message
    assert "temporal.tls" in message


def test_a_missing_setting_is_named(folder: Folder) -> None:
    assert "keys.payloads" in folder.refused(TOML.replace('payloads = "k1:payload-key"', ""))


def test_a_fault_never_repeats_a_secret(folder: Folder) -> None:
    text = TOML.replace('path_secret = "env:PATH_SECRET"', 'path_secret = ["hush-hush"]')
    message = folder.refused(text + '\n[worker]\nmax_activities = "hush-hush"\n')
    assert "path_secret" in message
    assert "hush-hush" not in message


def test_settings_do_not_show_their_secrets(folder: Folder) -> None:
    shown = repr(folder.load())
    assert "journal-key" not in shown
    assert "payload-key" not in shown


# References


def test_a_reference_is_taken_from_the_environment(folder: Folder) -> None:
    settings = folder.load()
    assert revealed(settings.keys.journal) == "k1:journal-key"
    assert revealed(settings.connection("main").webhooks.path_secret) == "hush-hush"


def test_a_reference_inside_a_list_is_taken_too(folder: Folder) -> None:
    assert folder.load().connection("main").store["hashes"] == ["hush-hush", "plain"]


def test_a_reference_to_what_is_not_set_is_named(folder: Folder) -> None:
    message = folder.refused(TOML.replace("env:JOURNAL_KEYS", "env:NOT_THERE"))
    assert "refers to env:NOT_THERE, but NOT_THERE is not set" in message


def test_the_journal_s_secrets_are_left_for_later(folder: Folder) -> None:
    assert folder.load().connection("main").store["access_token"] == "secret:store-token"


@pytest.mark.parametrize(
    ("setting", "where"),
    [
        ("env:JOURNAL_KEYS", "keys.journal"),
    ],
)
def test_a_secret_that_nobody_would_look_up_is_refused_and_not_taken_literally(
    folder: Folder, setting: str, where: str
) -> None:
    message = folder.refused(TOML.replace(f'= "{setting}"', '= "secret:x"'))
    assert f"{where} cannot be a secret: value" in message


def test_what_the_environment_lacks_is_read_from_env_beside_the_file(folder: Folder) -> None:
    (folder.path / ".env").write_text("FROM_FILE=k2:from-file\nPATH_SECRET=file\n")
    settings = folder.load(TOML.replace("env:JOURNAL_KEYS", "env:FROM_FILE"))
    assert revealed(settings.keys.journal) == "k2:from-file"
    assert revealed(settings.connection("main").webhooks.path_secret) == "hush-hush"


# Overrides


def test_a_variable_overrides_one_setting(folder: Folder) -> None:
    settings = folder.load(
        TILLBRIDGE_TEMPORAL__ADDRESS="temporal:7233",
        TILLBRIDGE_WORKER__MAX_ACTIVITIES="7",
        TILLBRIDGE_CONNECTIONS__MAIN__POLICY__EDITS="amend",
        TILLBRIDGE_CONNECTIONS__MAIN__STORE__STORE_HASH="xyz",
    )
    assert settings.temporal.address == "temporal:7233"
    assert settings.worker.max_activities == 7
    assert settings.connection("main").policy.edits is EditPolicy.AMEND
    assert settings.connection("main").store["store_hash"] == "xyz"


def test_an_override_may_refer_to_the_environment(folder: Folder) -> None:
    settings = folder.load(TILLBRIDGE_KEYS__PAYLOADS="env:JOURNAL_KEYS")
    assert revealed(settings.keys.payloads) == "k1:journal-key"


def test_an_override_from_env_beside_the_file_counts(folder: Folder) -> None:
    (folder.path / ".env").write_text("TILLBRIDGE_WORKER__MAX_ACTIVITIES=9\n")
    assert folder.load().worker.max_activities == 9


def test_a_connection_with_a_hyphen_is_overridden_with_an_underscore(folder: Folder) -> None:
    text = TOML.replace("connections.main", "connections.main-eu")
    settings = folder.load(text, TILLBRIDGE_CONNECTIONS__MAIN_EU__POLICY__TOLERANCE="0.10")
    assert settings.connection("main-eu").policy.tolerance == Decimal("0.10")


def test_an_override_of_what_does_not_exist_is_an_error(folder: Folder) -> None:
    assert "worker.max_activitys" in folder.refused(TILLBRIDGE_WORKER__MAX_ACTIVITYS="1")


def test_an_override_below_a_single_setting_is_an_error(folder: Folder) -> None:
    message = folder.refused(TILLBRIDGE_KEYS__JOURNAL__INNER="x")
    assert "TILLBRIDGE_KEYS__JOURNAL__INNER overrides nothing" in message


@pytest.mark.parametrize("name", ["TILLBRIDGE_SPECS", "TILLBRIDGE_POSTGRES_URL", "TILLBRIDGE_HOME"])
def test_other_variables_of_ours_override_nothing(folder: Folder, name: str) -> None:
    assert folder.load(**{name: "anything"}) == folder.load()


# What makes no sense


@pytest.mark.parametrize("prefix", ["", "bc-", "-BC", "TOO-LONG-", "BC_", "B C"])
def test_a_key_prefix_is_short_and_plain(folder: Folder, prefix: str) -> None:
    message = folder.refused(TOML.replace('"BC-"', f'"{prefix}"'))
    assert "use 1 to 8 characters out of A-Z, 0-9 and -" in message


def test_two_connections_never_share_a_key_prefix(folder: Folder) -> None:
    second = """
    [connections.other]
    policy = { key_prefix = "BC-" }
    webhooks = { path_secret = "env:PATH_SECRET" }
    store = { type = "bigcommerce" }
    erp = { type = "syspro" }
    """
    for prefix in ("BC-", "BC-9"):
        message = folder.refused(TOML + second.replace("BC-", prefix))
        assert f"'main' and 'other' have the policy.key_prefix BC- and {prefix}" in message
    other = folder.load(TOML + second.replace("BC-", "B2-")).connection("other")
    assert other.policy.key_prefix == "B2-"


@pytest.mark.parametrize("name", ["Main", "-main", "a.b", "x" * 32])
def test_a_connection_s_name_is_short_and_plain(folder: Folder, name: str) -> None:
    assert "connections" in folder.refused(
        TOML.replace("connections.main", f'connections."{name}"')
    )


@pytest.mark.parametrize(
    ("section", "setting"),
    [
        ("policy", "tolerance = -0.01"),
        ("schedules", "catch_up_minutes = 0"),
        ("schedules", "guardian_minutes = -5"),
        ("schedules", "overlap_minutes = -1"),
    ],
)
def test_an_amount_of_time_or_money_is_not_negative(
    folder: Folder, section: str, setting: str
) -> None:
    text = TOML.replace('key_prefix = "BC-"', 'key_prefix = "BC-"\n' + setting)
    if section == "schedules":
        text = f"{TOML}\n[connections.main.schedules]\n{setting}\n"
    message = folder.refused(text)
    assert f"connections.main.{section}.{setting.partition(' ')[0]}" in message


def test_a_tolerance_is_exact(folder: Folder) -> None:
    settings = folder.load(TOML.replace('"BC-"', '"BC-"\ntolerance = 0.1'))
    assert str(settings.connection("main").policy.tolerance) == "0.1"


def test_a_number_of_a_system_s_own_settings_is_exact_too(folder: Folder) -> None:
    store: dict[str, Any] = (
        folder.load(TOML.replace('type = "bigcommerce"', 'type = "bigcommerce"\nrate = 0.1'))
        .connection("main")
        .store
    )
    assert store["rate"] == Decimal("0.1")


def test_a_connection_that_does_not_exist_is_answered_with_those_that_do(folder: Folder) -> None:
    with pytest.raises(KeyError, match=r"no connection 'shop'\. Configured: main"):
        folder.load().connection("shop")


def test_the_journal_s_rules_are_laid_over_those_of_the_settings(folder: Folder) -> None:
    learned = Rules(
        table={
            RuleKind.ITEM: {"SKU-1": "B200", "SKU-2": "C300"},
            RuleKind.REVENUE: {"*": "SALES"},
        }
    )
    rules = folder.load().connection("main").rules_with(learned)
    assert rules.find(RuleKind.ITEM, "SKU-1") == "B200"
    assert rules.find(RuleKind.ITEM, "SKU-2") == "C300"
    assert rules.find(RuleKind.ITEM, "SKU-3") == "WEB"
    assert rules.find(RuleKind.REVENUE, "SKU-1") == "SALES"
    assert rules.find(RuleKind.WAREHOUSE, "SKU-1") is None


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_said_so(folder: Folder) -> None:
    folder.file.write_text(TOML)
    folder.file.chmod(0)
    with pytest.raises(SettingsInvalid, match="cannot be read"):
        load_settings(folder.file, ENV)

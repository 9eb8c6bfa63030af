from typing import Any

import pytest
from pydantic import ValidationError

from connectors.acumatica.settings import AcumaticaSettings

OAUTH = {"client_id": "app@Till", "client_secret": "s", "username": "u", "password": "p"}


def settings(**changed: Any) -> AcumaticaSettings:
    named = {"base_url": "https://erp.example.com/Site/", "tenant": "Till", "auth": OAUTH}
    return AcumaticaSettings.model_validate(named | changed)


def test_the_address_is_the_instances_and_keeps_its_site() -> None:
    assert settings().base_url == "https://erp.example.com/Site"


def test_an_address_with_an_endpoint_in_it_is_refused() -> None:
    with pytest.raises(ValidationError, match="without /entity"):
        settings(base_url="https://erp.example.com/entity/Default/24.200.001")


def test_an_application_of_another_tenant_is_refused() -> None:
    with pytest.raises(ValidationError, match="must end in @Till"):
        settings(auth=OAUTH | {"client_id": "app@Other"})


@pytest.mark.parametrize(
    ("kind", "given", "missing"),
    [
        ("password", {"client_id": "a@Till"}, "client_secret, username, password"),
        ("authorization-code", OAUTH, "refresh_token"),
        ("cookie", {}, "username, password"),
    ],
)
def test_each_kind_of_log_on_says_what_it_lacks(
    kind: str, given: dict[str, str], missing: str
) -> None:
    with pytest.raises(ValidationError, match=f"kind = '{kind}' needs {missing}"):
        settings(auth={"kind": kind, **given})


def test_one_account_for_all_needs_that_account() -> None:
    with pytest.raises(ValidationError, match="needs web_customers"):
        settings(customer_strategy="single")


def test_a_read_may_take_longer_than_acumaticas_queue_usually_does() -> None:
    assert settings().timeouts.read >= 120


def test_secrets_are_not_shown() -> None:
    shown = repr(settings(auth=OAUTH | {"password": "pl4nted"}))
    assert "pl4nted" not in shown

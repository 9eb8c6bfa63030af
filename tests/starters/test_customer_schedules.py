"""When the ERP's accounts are looked at by themselves."""

from datetime import time, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from temporalio.client import ScheduleActionStartWorkflow

from activities.account_changes import ALL_ACCOUNTS, CHANGED_ACCOUNTS
from settings.customers import CustomerSettings
from settings.model import Settings
from starters.schedules import wanted_schedules
from tests.support.temporal import PAYLOAD_KEY
from workflows.catch_up import CatchUpOrder


def wanted(customers: dict[str, Any]) -> dict[str, Any]:
    connection = {
        "store": {"type": "bigcommerce"},
        "erp": {"type": "syspro"},
        "policy": {"key_prefix": "BC-"},
        "webhooks": {"path_secret": "an-unguessable-path-secret"},
        "customers": customers,
    }
    keys = {"journal": PAYLOAD_KEY, "payloads": PAYLOAD_KEY}
    settings = Settings.model_validate({"keys": keys, "connections": {"acme": connection}})
    return wanted_schedules("acme", settings.connection("acme"), settings)


def test_nothing_flows_back_until_it_is_switched_on() -> None:
    assert not any("erp-customers" in schedule for schedule in wanted({}))


def test_changed_accounts_are_looked_at_every_few_minutes_and_all_of_them_every_night() -> None:
    switched_on = {
        "flow_back": True,
        "every_minutes": 7,
        "full_at": time(1, 45),
        "owner": {"phone": "erp"},
    }
    found = wanted(switched_on)
    changed, every = (
        found[f"acme:catch-up:{resource}"] for resource in (CHANGED_ACCOUNTS, ALL_ACCOUNTS)
    )
    assert changed.spec.intervals[0].every == timedelta(minutes=7)
    assert [part[0].start for part in (every.spec.calendars[0].hour,)] == [1]
    for schedule, resource in ((changed, CHANGED_ACCOUNTS), (every, ALL_ACCOUNTS)):
        assert isinstance(schedule.action, ScheduleActionStartWorkflow)
        [order] = schedule.action.args
        assert isinstance(order, CatchUpOrder)
        assert order.work.resource == resource


def test_switching_on_without_naming_what_the_erp_owns_is_refused_and_says_what_to_do() -> None:
    with pytest.raises(ValidationError, match=r'owner = \{ phone = "erp" \}'):
        CustomerSettings.model_validate({"flow_back": True})
    CustomerSettings.model_validate({"flow_back": True, "owner": {"address": "erp"}})

"""The Kubernetes manifests against what the code says: commands, grace, build ids, settings."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.core import TyperGroup

from settings.model import Settings, WorkerSettings
from starters.cli.main import app

FOLDER = Path(__file__).parents[1] / "deploy" / "kubernetes"
FILES = sorted(FOLDER.glob("*.yaml"))
BUILD = "0.3.0-3f9c"


def manifests(build: str = BUILD) -> Iterator[dict[str, Any]]:
    """Read what `sed s/BUILD-ID/.../g FILE | kubectl apply -f -` would apply."""
    for path in FILES:
        yield from yaml.safe_load_all(path.read_text(encoding="utf-8").replace("BUILD-ID", build))


def named(manifest: dict[str, Any]) -> str:
    return manifest["metadata"]["name"]


PODS = [one for one in manifests() if "template" in one["spec"]]


def container(manifest: dict[str, Any]) -> dict[str, Any]:
    (only,) = manifest["spec"]["template"]["spec"]["containers"]
    return only


def commands(manifest: dict[str, Any]) -> list[list[str]]:
    found = container(manifest)
    if "command" not in found:
        return [found["args"]]
    return [part.split()[1:] for part in found["args"][0].split(" && ")]


@pytest.mark.parametrize("manifest", PODS, ids=named)
def test_what_a_container_runs_is_a_command_of_ours(manifest: dict[str, Any]) -> None:
    for words in commands(manifest):
        command, rest = typer.main.get_command(app), words
        while isinstance(command, TyperGroup):
            command, rest = command.commands[rest[0]], rest[1:]
        command.make_context(rest[0] if rest else "", list(rest), resilient_parsing=False)


@pytest.mark.parametrize("manifest", PODS, ids=named)
def test_every_container_is_of_the_build_and_has_settings_and_keys(
    manifest: dict[str, Any],
) -> None:
    found = container(manifest)
    assert found["image"] == f"tillbridge:{BUILD}"
    assert found["envFrom"] == [{"secretRef": {"name": "tillbridge"}}]
    assert {"name": "settings", "mountPath": "/etc/tillbridge", "readOnly": True} in (
        found["volumeMounts"]
    )


@pytest.mark.parametrize("manifest", PODS, ids=named)
def test_no_container_may_write_to_its_image_or_become_root(manifest: dict[str, Any]) -> None:
    assert container(manifest)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert manifest["spec"]["template"]["spec"]["securityContext"]["runAsNonRoot"] is True


@pytest.mark.parametrize(
    "manifest", [one for one in PODS if one["kind"] == "Deployment"], ids=named
)
def test_a_deployment_s_selector_finds_its_pods(manifest: dict[str, Any]) -> None:
    labels = manifest["spec"]["template"]["metadata"]["labels"]
    assert manifest["spec"]["selector"]["matchLabels"].items() <= labels.items()


def test_workers_of_two_builds_stand_beside_each_other_and_know_their_build() -> None:
    for build in (BUILD, "0.3"):
        worker = next(m for m in manifests(build) if "worker" in named(m))
        assert named(worker) == f"tillbridge-worker-{build}"
        assert worker["spec"]["selector"]["matchLabels"]["build"] == build
        assert {"name": "TILLBRIDGE_WORKER__BUILD_ID", "value": build} in container(worker)["env"]
        WorkerSettings.model_validate({"build_id": build})


def test_a_worker_has_ten_seconds_more_to_stop_than_it_takes() -> None:
    worker = next(m for m in PODS if "worker" in named(m))
    graceful = Settings.model_fields["worker"].default.graceful_seconds
    grace = worker["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    assert grace >= graceful + 10

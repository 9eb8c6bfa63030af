"""Attacks by what is installed: the lock file leaves nobody room to slip something else in."""

import subprocess
import sys
import tomllib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_SPEC = spec_from_file_location("audit", ROOT / "deploy" / "audit.py")
assert _SPEC is not None
assert _SPEC.loader is not None
audit = module_from_spec(_SPEC)
_SPEC.loader.exec_module(audit)

HASH = f"--hash=sha256:{'0a' * 32}"


def test_the_lock_file_names_every_requirement_by_version_and_hash() -> None:
    assert audit.faults_of((ROOT / "requirements.lock").read_text("utf-8")) == []


def test_every_dependency_of_the_project_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    locked = {line.partition("==")[0].partition("[")[0] for line in lock.splitlines()}
    names = {one.partition(">=")[0].partition("[")[0] for one in asked}
    assert names - locked == set()


@pytest.mark.parametrize(
    ("lock", "fault"),
    [
        (f"httpx>=0.28 {HASH}", "is not one version"),
        (f"httpx==0.* {HASH}", "is not one version"),
        ("httpx==0.28.1", "has no hash"),
        (f"httpx==0.28.1 --hash=md5:{'0a' * 16}", "is not a sha256 hash"),
        (f"httpx==0.28.1 {HASH} --index-url=https://elsewhere.example.com", "is not a sha256"),
        (f"--index-url https://elsewhere.example.com/simple\nhttpx==0.28.1 {HASH}", "is not one"),
        (f"--extra-index-url https://elsewhere.example.com\nhttpx==0.28.1 {HASH}", "is not one"),
        ("--find-links /wheels\n", "is not one version"),
        ("--trusted-host elsewhere.example.com\n", "is not one version"),
        (f"httpx @ https://elsewhere.example.com/httpx.whl {HASH}", "is not one version"),
        ("httpx @ file:///wheels/httpx", "is not one version"),
        ("-e git+https://elsewhere.example.com/httpx.git#egg=httpx", "is not one version"),
        ("-e .", "is not one version"),
        ("./httpx.whl", "is not one version"),
        ("-r other.txt", "is not one version"),
        ("", "requires nothing"),
    ],
)
def test_a_lock_file_that_leaves_room_is_refused(lock: str, fault: str) -> None:
    assert any(fault in said for said in audit.faults_of(lock)), audit.faults_of(lock)


def test_a_requirement_of_some_platforms_only_may_be_locked() -> None:
    lock = f"# a comment\ncolorama==0.4.6 ; sys_platform == 'win32' \\\n    {HASH} \\\n    {HASH}\n"
    assert audit.faults_of(lock) == []


def test_the_audit_runs_as_a_command() -> None:
    ended = subprocess.run(
        [sys.executable, ROOT / "deploy" / "audit.py", "--offline"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "each one version with its hashes" in ended.stdout


def test_what_could_not_be_audited_is_not_called_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit.sys, "executable", "/bin/false")
    holes, unknown = audit.known_holes(f"httpx==0.28.1 {HASH}")
    assert holes == []
    assert "cannot be had" in unknown

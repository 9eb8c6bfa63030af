"""Audits what Tillbridge is built from: `python deploy/audit.py`.

First the lock file, which needs no network: every requirement is one version named by its hashes,
and nothing says where it came from or where it lies on a machine. Then pip-audit, if it is
installed and its data can be had; if not, that is said loudly and is no failure. `--offline` does
without the second.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parents[1] / "requirements.lock"
_PINNED = re.compile(r"[a-z0-9][a-z0-9._-]*(\[[a-z0-9,._-]+\])?==[A-Za-z0-9.!+_-]+( ; [^;]+)?")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
# This version has had known holes for years: data in which it has none is no data.
_CANARY = "jinja2==2.11.2"
_SECONDS = 300


def faults_of(lock: str) -> list[str]:
    """Name every line of a lock file that leaves open what exactly is installed."""
    entries = _entries(lock)
    if not entries:
        return ["The lock file requires nothing."]
    faults: list[str] = []
    for entry in entries:
        requirement, *options = re.split(r"\s+(?=--)", entry)
        if not _PINNED.fullmatch(requirement):
            faults.append(f"'{entry[:80]}' is not one version of one package: name==version.")
            continue
        faults += [
            f"{requirement}: '{option[:40]}' is not a sha256 hash."
            for option in options
            if not _HASH.fullmatch(option)
        ]
        if not options:
            faults.append(f"{requirement} has no hash.")
    return faults


def _entries(lock: str) -> list[str]:
    """Join continued lines; leave out comments and blank lines."""
    lines = re.sub(r"\\\r?\n\s*", " ", lock).splitlines()
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def known_holes(lock: str) -> tuple[list[str], str]:
    """Return the known holes of the locked versions, and why they are not known if they are not."""
    if not _audited([_CANARY])[0]:
        return [], "pip-audit is not installed, or its data cannot be had from here."
    requirements = [re.split(r"\s+--", entry)[0] for entry in _entries(lock)]
    holes, skipped = _audited(requirements)
    unknown = f"nothing is known of {', '.join(skipped)}." if skipped else ""
    return holes, unknown


def _audited(requirements: Sequence[str]) -> tuple[list[str], list[str]]:
    """Ask pip-audit; return the holes it knows, and the packages that it knows nothing of."""
    with tempfile.TemporaryDirectory() as folder:
        asked = Path(folder) / "requirements.txt"
        asked.write_text("".join(f"{one}\n" for one in requirements), encoding="utf-8")
        command = [sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "--timeout=10"]
        command += ["--progress-spinner=off", "--format=json", f"--requirement={asked}"]
        try:
            ended = subprocess.run(
                command, capture_output=True, text=True, timeout=_SECONDS, check=False
            )
            told: Any = json.loads(ended.stdout)
        except (ValueError, subprocess.TimeoutExpired):
            return [], list(requirements)
    holes = [
        f"{package['name']} {package['version']}: {hole['id']}, mended in "
        f"{' or '.join(hole['fix_versions']) or 'no version yet'}"
        for package in told["dependencies"]
        for hole in package.get("vulns", ())
    ]
    return holes, [one["name"] for one in told["dependencies"] if "skip_reason" in one]


def main() -> int:
    """Say what is wrong; return 1 if anything is."""
    lock = LOCK.read_text(encoding="utf-8")
    if faults := faults_of(lock):
        return _refuse(f"{LOCK.name} is not safe to install from", faults)
    count = len(_entries(lock))
    sys.stdout.write(f"{LOCK.name}: {count} requirements, each one version with its hashes.\n")
    if "--offline" in sys.argv[1:]:
        return 0
    holes, unknown = known_holes(lock)
    if unknown:
        sys.stderr.write(f"NOT AUDITED FOR KNOWN HOLES: {unknown}\n")
    return _refuse("Known holes", holes) if holes else 0


def _refuse(title: str, faults: Sequence[str]) -> int:
    sys.stderr.write("\n  ".join([f"{title}:", *faults]) + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())

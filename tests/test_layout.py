import ast
import re
import subprocess
from pathlib import Path

import pytest

from domain.hold import HoldCode

ROOT = Path(__file__).parents[1]
CODE = (
    *("domain", "connectors", "journal", "settings", "activities", "workflows"),
    *("workers", "starters", "sandbox", "tests", "bench"),
)
MODULES = sorted(path for folder in CODE for path in (ROOT / folder).rglob("*.py"))
MOST_LINES, LINES_TO_WATCH = 400, 300
THIS = Path(__file__)
MODULES_BUT_THIS = [path for path in MODULES if path != THIS]


def tracked_texts() -> list[Path]:
    """List what is, or would be, under version control."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout: cannot tell our files from others")
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file() and path != THIS]


def found(pattern: str, paths: list[Path]) -> list[str]:
    expression = re.compile(pattern)
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in paths
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1)
        if expression.search(line)
    ]


def test_there_is_something_to_check() -> None:
    assert len(MODULES) > 50


def test_no_module_is_too_long(capsys: pytest.CaptureFixture[str]) -> None:
    lines = {path.relative_to(ROOT): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    long = {str(path): count for path, count in lines.items() if count > LINES_TO_WATCH}
    with capsys.disabled():  # seen by whoever runs the tests, and no failure yet
        for path, count in sorted(long.items()):
            print(f"\n{path} has {count} lines: is it one idea?", end="")  # noqa: T201
    assert {path: count for path, count in long.items() if count > MOST_LINES} == {}


def test_nothing_is_left_to_do() -> None:
    assert found(r"\b(TODO|FIXME)\b", MODULES_BUT_THIS) == []
    assert found(r"\bNotImplementedError\b", MODULES_BUT_THIS) == []


def test_no_module_swallows_whatever_happens() -> None:
    swallowing = [
        f"{path.relative_to(ROOT)}:{handler.lineno}"
        for path in MODULES
        if path.relative_to(ROOT).parts[0] != "tests"
        for handler in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(handler, ast.ExceptHandler)
        and (handler.type is None or ast.unparse(handler.type) in ("Exception", "BaseException"))
        and not any(isinstance(inner, ast.Raise) for inner in ast.walk(handler))
    ]
    assert swallowing == []


def test_no_file_names_a_package_registry() -> None:
    hosts = r"\b(pypi\.org|pythonhosted\.org|registry\.npmjs\.org|proxy\.golang\.org|crates\.io)\b"
    assert found(hosts, tracked_texts()) == []


def test_no_file_names_a_path_of_somebody_s_machine() -> None:
    assert found(r"(?<![\w.])/(work/main|home/\w+|Users/\w+)/", tracked_texts()) == []


def test_every_reason_for_a_hold_is_explained_to_operators() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert [code.value for code in HoldCode if code.value not in page] == []

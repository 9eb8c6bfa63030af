"""The verdicts of a run, kept so that one that was cut short goes on where it stopped."""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from domain.record import Record
from starters.faults.matrix.injury import Aim
from starters.faults.matrix.trial import Verdict

ROOT = Path(__file__).parents[3]
SOURCES = ("domain", "connectors", "journal", "settings", "activities", "workflows", "workers")


class Cell(Record):
    """One trial that is to be made."""

    scenario: str
    aim: Aim


class Kept:
    """The verdicts of a run, written down as they come."""

    def __init__(self, file: Path, digest: str) -> None:
        self.verdicts: dict[Cell, Verdict] = {}
        self._file = file
        self._digest = digest

    def take_over(self, cells: Sequence[Cell]) -> set[Cell]:
        """Read what an earlier run of the same program passed; anything else is tried anew."""
        lines: list[str] = []
        with suppress(FileNotFoundError):
            lines = self._file.read_text(encoding="utf-8").splitlines()
        if lines[:1] != [self._digest]:
            self._file.write_text(f"{self._digest}\n", encoding="utf-8")
            return set()
        wanted = set(cells)
        for line in lines[1:]:
            with suppress(ValidationError):  # the last line may have been cut short
                verdict = Verdict.model_validate_json(line)
                cell = _cell_of(verdict)
                if verdict.passed and cell in wanted:
                    self.verdicts[cell] = verdict
        return set(self.verdicts)

    def add(self, verdict: Verdict) -> None:
        """Write a verdict down."""
        self.verdicts[_cell_of(verdict)] = verdict
        with self._file.open("a", encoding="utf-8") as file:
            file.write(f"{verdict.model_dump_json()}\n")


def digest(erp: str, erp_settings: Mapping[str, object]) -> str:
    """Hash the program and what it is tried with: verdicts of another one are worth nothing."""
    hashed = hashlib.sha256(repr((erp, sorted(erp_settings.items()))).encode())
    for folder in (*SOURCES, "sandbox", "starters/faults"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            hashed.update(file.read_bytes())
    return hashed.hexdigest()


def _cell_of(verdict: Verdict) -> Cell:
    return Cell(scenario=verdict.scenario, aim=verdict.aim)

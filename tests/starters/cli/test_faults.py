"""`tillbridge faults` says at once what it cannot try."""

import subprocess
import sys
from pathlib import Path
from typing import Any

TILLBRIDGE = Path(sys.executable).with_name("tillbridge")


def test_an_erp_that_there_is_not_is_told_with_those_there_are(bare_shop: Any) -> None:
    for command in (("faults",), ("faults", "soak")):
        result = bare_shop.run(*command, "--erp", "odoo")
        assert result.exit_code == 2
        assert "There is no ERP odoo" in " ".join(result.stderr.replace("│", " ").split())


def test_a_connection_is_tried_in_its_own_erp(bare_shop: Any) -> None:
    # A process of its own: the command ends the one that it runs in.
    command = [TILLBRIDGE, "faults", "--connection", "main", "--erp", "acumatica"]
    settings = ("--config", bare_shop.settings_file)
    result = subprocess.run([*command, *settings], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    said = " ".join(result.stderr.split())
    assert "main posts to syspro, not to acumatica: leave --erp out." in said

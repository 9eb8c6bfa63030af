"""Which store and which ERP the demo plays with."""

import pytest
from typer.testing import CliRunner

from starters.cli.main import app


@pytest.mark.parametrize(
    ("option", "known"), [("--erp", "sap-business-one"), ("--store", "bigcommerce")]
)
def test_a_system_that_there_is_no_stand_in_of_is_refused_with_those_there_are(
    option: str, known: str
) -> None:
    answer = CliRunner().invoke(app, ["demo", option, "nowhere"], env={"COLUMNS": "200"})
    assert answer.exit_code == 2
    assert "nowhere" in answer.stderr
    assert known in answer.stderr

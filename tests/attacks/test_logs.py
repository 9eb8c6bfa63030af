"""Attacks on who reads logs: no text from outside makes a line of its own or moves a terminal."""

import json
import logging
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.runtime import JsonLines, inert

FORGED = '\n{"level": "INFO", "message": "all is well"}'
TEXTS = {
    "a line feed and a forged line": f"SKU{FORGED}",
    "a carriage return": "SKU\rINFO all is well",
    "the line ends of Unicode": "SKU\u0085\u2028\u2029\x0b\x0c\x1c\x1d\x1eINFO",
    "a colour": "\x1b[31mSKU\x1b[0m",
    "a title and a link": "\x1b]0;owned\x07\x1b]8;;http://x\x1b\\SKU",
    "an eight-bit escape": "\x9b31mSKU\x9d0;owned\x9c",
    "a cleared screen": "\x1bc\x1b[2J",
    "backspaces": "SKU\x08\x08\x08OK ",
    "a bidi override": "SKU\u202egnp.exe\u2066\u2069",
    "what cannot be seen": "SKU\u200b\u200d\ufeff\u00ad\U000e0041",
    "NUL": "SKU\x00",
    "half a surrogate pair": "SKU\ud83d",
    "Rich markup": "[red]SKU[/red] [link=http://x]",
    "a format": "%s %d {0} ${jndi:ldap://x}",
    "10,000 characters": "S" * 10_000,
}


def written(**record: object) -> str:
    fields = {"name": "till", "level": logging.WARNING, "pathname": "", "lineno": 0}
    made = logging.LogRecord(
        **fields,  # type: ignore[arg-type]
        msg=record.pop("msg", "said"),
        args=record.pop("args", ()),  # type: ignore[arg-type]
        exc_info=record.pop("exc_info", None),  # type: ignore[arg-type]
    )
    vars(made).update(record)
    return JsonLines().format(made)


def one_inert_line(line: str) -> dict[str, object]:
    assert line.isprintable()
    assert len(line.splitlines()) == 1
    return json.loads(line)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_it_stays_within_its_line_wherever_it_stands(text: str) -> None:
    assert one_inert_line(written(msg="order %s", args=(text,)))["message"] == f"order {text}"
    assert one_inert_line(written(sku=text))["sku"] == text
    assert one_inert_line(written(seen={"sku": [text]}))["seen"] == {"sku": [text]}
    try:
        raise ValueError(text)
    except ValueError:
        assert "ValueError" in str(one_inert_line(written(exc_info=sys.exc_info()))["exception"])


@given(st.text(st.characters(exclude_categories=[])))
def test_whatever_the_text_it_reads_back_the_same(text: str) -> None:
    assert one_inert_line(inert(json.dumps({"text": text}, ensure_ascii=False))) == {"text": text}


def test_names_stay_readable() -> None:
    assert "Zoë Łącka 山田" in written(msg="Zoë Łącka 山田")


def test_a_process_writes_one_line_a_record_whatever_it_says() -> None:
    program = (
        "import json, logging, sys; from workers.runtime import set_up_logs\n"
        "set_up_logs('INFO')\n"
        "for text in json.loads(sys.argv[1]): logging.getLogger('till').warning('%s', text)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, json.dumps(list(TEXTS.values()))],
        capture_output=True,
        timeout=60,
        check=True,
    )
    lines = ended.stderr.decode("utf-8").split("\n")
    assert lines.pop() == ""
    assert [one_inert_line(line)["message"] for line in lines] == list(TEXTS.values())

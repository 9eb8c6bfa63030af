from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.exact_json import decode_json, encode_json

numbers = st.decimals(-(10**12), 10**12, places=4, allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | numbers | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(values)
def test_what_is_written_is_read_back_exactly(value: object) -> None:
    assert decode_json(encode_json({"value": value})) == {"value": value}


@pytest.mark.parametrize(
    ("amount", "written"),
    [("12.40", b"12.40"), ("1E+3", b"1000"), ("0.0000001", b"0.0000001"), ("-5", b"-5")],
)
def test_an_amount_is_written_digit_for_digit(amount: str, written: bytes) -> None:
    assert encode_json(Decimal(amount)) == written


@pytest.mark.parametrize("value", [float("nan"), Decimal("NaN"), Decimal("Infinity")])
def test_what_is_no_number_is_never_written(value: object) -> None:
    with pytest.raises(ValueError, match="JSON"):
        encode_json([value])

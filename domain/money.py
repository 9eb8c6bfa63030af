"""Money: an exact amount in one currency. Mixing currencies raises; floats never come near."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Self

from pydantic import field_validator

from domain.record import Record

_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_MINOR_DIGITS = {code: 0 for code in _NO_DECIMALS.split(" ")} | {
    code: 3 for code in _THREE_DECIMALS.split(" ")
}


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies met in one sum."""


def minor_unit(currency: str) -> Decimal:
    """Return the smallest amount the currency knows, e.g. 0.01 for USD and 1 for JPY (ISO 4217)."""
    return Decimal(1).scaleb(-_MINOR_DIGITS.get(currency, 2))


class Money(Record):
    """An amount in a currency (ISO 4217 code, upper case). Any number of decimals."""

    amount: Decimal
    currency: str

    @field_validator("amount", mode="before")
    @classmethod
    def _no_floats(cls, value: object) -> object:
        if isinstance(value, float):
            raise ValueError("money is never a float; pass a Decimal or a string")
        return value

    @field_validator("currency")
    @classmethod
    def _upper_case_code(cls, value: str) -> str:
        if len(value) != 3 or not value.isalpha():
            raise ValueError(f"'{value}' is not a three-letter currency code")
        return value.upper()

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Return nothing, in that currency."""
        return cls(amount=Decimal(0), currency=currency)

    @classmethod
    def total(cls, amounts: Iterable["Money"], currency: str) -> "Money":
        """Sum the amounts; the currency says what an empty sum is.

        Raises:
            CurrencyMismatch: one of them is in another currency.
        """
        result = Money.zero(currency)
        for amount in amounts:
            result = result + amount
        return result

    def _same(self, other: "Money") -> None:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self} and {other} are in different currencies")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(amount=self.amount + other.amount, currency=self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(amount=self.amount - other.amount, currency=self.currency)

    def __neg__(self) -> "Money":
        return Money(amount=-self.amount, currency=self.currency)

    def __abs__(self) -> "Money":
        return Money(amount=abs(self.amount), currency=self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.amount < other.amount

    def __le__(self, other: "Money") -> bool:
        self._same(other)
        return self.amount <= other.amount

    def __bool__(self) -> bool:
        return self.amount != 0

    def __str__(self) -> str:
        return f"{self.rounded().amount:f} {self.currency}"

    def rounded(self) -> "Money":
        """Round half up to the currency's smallest unit, as stores and ledgers do."""
        unit = minor_unit(self.currency)
        return Money(amount=self.amount.quantize(unit, ROUND_HALF_UP), currency=self.currency)


def allocate(total: Money, weights: Sequence[Decimal]) -> tuple[Money, ...]:
    """Share a rounded total out in proportion to the weights, to the cent, nothing left over.

    Shares are whole minor units that add up to the total exactly (largest remainder first, earlier
    first among equals). All weights zero: everything goes to the first.

    Raises:
        ValueError: no weights to share over, or a negative one.
    """
    if not weights or min(weights) < 0:
        raise ValueError("sharing needs at least one weight, none of them negative")
    unit = minor_unit(total.currency)
    units = int((total.rounded().amount / unit).to_integral_value())
    sign, units = (-1, -units) if units < 0 else (1, units)
    whole = sum(weights)
    if not whole:
        shares = [units] + [0] * (len(weights) - 1)
    else:
        exact = [units * weight / whole for weight in weights]
        shares = [int(share) for share in exact]
        by_remainder = sorted(
            range(len(weights)), key=lambda index: (shares[index] - exact[index], index)
        )
        for index in by_remainder[: units - sum(shares)]:
            shares[index] += 1
    return tuple(Money(amount=sign * share * unit, currency=total.currency) for share in shares)

"""What is kept of a matrix run holds for the same program only."""

from starters.faults.matrix import kept


def test_the_digest_covers_the_program() -> None:
    assert all(any((kept.ROOT / folder).rglob("*.py")) for folder in kept.SOURCES)


def test_another_way_of_posting_or_another_erp_is_another_program() -> None:
    assert kept.digest("syspro", {}) != kept.digest("syspro", {"strategy": "sales-order"})
    assert kept.digest("syspro", {}) != kept.digest("acumatica", {})
    assert kept.digest("syspro", {}) == kept.digest("syspro", {})

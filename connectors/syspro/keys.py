"""How SYSPRO writes keys: tables hold `000000000015574` where screens and objects show `015574`."""

import hashlib

from connectors.syspro.profile import SysproProfile
from connectors.syspro.text import fitted
from connectors.syspro.xml import Node
from domain.record import Record


class KeyRules(Record):
    """One site's key types and numbering, as IMPQIK tells them."""

    customer_numeric: bool = False
    customer_upper: bool = True
    customer_zeros: bool = False  # numeric codes are shown with leading zeros
    customer_length: int = 15
    customer_automatic: bool = False
    invoice_numeric: bool = False
    stored_width: int = 15

    @classmethod
    def read(cls, answer: Node, profile: SysproProfile) -> "KeyRules":
        """Read IMPQIK's answer."""
        length = answer.first("Customers/CusPresentationLength").strip()
        return cls(
            customer_numeric=answer.first("Customers/CusKeyType") == "N",
            customer_upper=answer.first("Customers/CusCase") == "U",
            customer_zeros=answer.first("Customers/CusZero") == "Y",
            customer_length=int(length) if length.isdigit() and int(length) else 15,
            customer_automatic=answer.first("Customers/CusMethod") == "A",
            invoice_numeric=answer.first(profile.invoice_key_type_path) == "N",
            stored_width=profile.width("numeric"),
        )

    def shown_customer(self, code: str) -> str:
        """Return a customer code as objects want it."""
        code = code.strip()
        if self.customer_numeric and code.isdigit():
            bare = code.lstrip("0") or "0"
            return bare.zfill(self.customer_length) if self.customer_zeros else bare
        return code.upper() if self.customer_upper else code

    def stored_customer(self, code: str) -> str:
        """Return a customer code as the tables hold it."""
        code = self.shown_customer(code)
        return code.zfill(self.stored_width) if self.customer_numeric and code.isdigit() else code

    def stored_invoice(self, number: str) -> str:
        """Return an invoice number as the tables hold it."""
        number = number.strip()
        numeric = self.invoice_numeric and number.isdigit()
        return number.zfill(self.stored_width) if numeric else number

    def shown_invoice(self, number: str) -> str:
        """Return an invoice number as objects want it; zeros belong to an alphanumeric one."""
        number = number.strip()
        numeric = self.invoice_numeric and number.isdigit()
        return (number.lstrip("0") or "0") if numeric else number

    def own_customer(self, prefix: str, identity: str, *, plain_id: str) -> str:
        """Make the code of a customer that we number: the same for the same identity, always.

        The store's own id where it fits, a hash of the identity where it does not.
        """
        digest = hashlib.sha256(identity.encode()).hexdigest()
        if self.customer_numeric:
            # Far above SYSPRO's own counter: the first digit is never 0.
            length = self.customer_length
            return str(9 * 10 ** (length - 1) + int(digest, 16) % 10 ** (length - 1))
        code = f"{prefix}{plain_id}"
        if not plain_id or len(code) > self.customer_length or fitted(code) != code:
            code = f"{prefix}{digest}"[: self.customer_length]
        return code.upper() if self.customer_upper else code


def canonical_key(value: str) -> str:
    """Return the form in which two spellings of one key are equal."""
    value = value.strip()
    return (value.lstrip("0") or "0") if value.isdigit() else value.upper()

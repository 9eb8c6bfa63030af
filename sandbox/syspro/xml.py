"""SYSPRO's dialect of XML: Windows-1252, quirky roots, one element a line, a trailing blank."""

import re
from collections.abc import Iterable
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from sandbox.syspro.refusals import BrokenDocument

PROLOG = '<?xml version="1.0" encoding="Windows-1252"?>'
_DECLARES = re.compile(r"<!(DOCTYPE|ENTITY)", re.IGNORECASE)

Content = str | Iterable["Node"]
Node = tuple[str, Content]


def parse(text: str | bytes) -> Element:
    """The root of a document; raises BrokenDocument for anything that is not plain XML.

    Document types are refused before parsing, so that no entity is ever expanded.
    """
    shown = text.decode("latin-1") if isinstance(text, bytes) else text
    if _DECLARES.search(shown):
        raise BrokenDocument("ERROR: XML document type declarations are not allowed")
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError as problem:
        raise BrokenDocument(f"ERROR: XML parse error: {problem}") from None
    except (LookupError, ValueError):
        raise BrokenDocument("ERROR: XML parse error: unsupported encoding") from None


def windows_1252(text: str) -> str:
    """What is left of a text in SYSPRO's repertoire; everything else becomes a question mark."""
    return text.encode("cp1252", errors="replace").decode("cp1252")


def local_name(element: Element) -> str:
    """The tag without a namespace."""
    return element.tag.rpartition("}")[2]


def answer(root: str, children: Iterable[Node], *, version: str) -> bytes:
    """A whole answer with prolog, root attributes in single quotes, and the trailer."""
    attributes = (
        f"Language='05' Language2='EN' CssStyle='' DecFormat='1' DateFormat='01' Role='01' "
        f"Version='{version}' OperatorPrimaryRole='   '"
    )
    body = "".join(_rendered(child) for child in children)
    text = f"{PROLOG}\n<{root} {attributes}>\n{body}</{root}>\n "
    return text.encode("cp1252", errors="replace")


def _rendered(node: Node) -> str:
    name, content = node
    if isinstance(content, str):
        return f"<{name}>{escape(content)}</{name}>\n" if content else f"<{name}/>\n"
    inner = "".join(_rendered(child) for child in content)
    return f"<{name}>\n{inner}</{name}>\n" if inner else f"<{name}/>\n"


def counter(number: int) -> str:
    """A status counter of a transaction: zero-padded, and blank for zero."""
    return f"{number:06d}" if number else ""


def padded(value: object, width: int = 8) -> str:
    """A number padded with spaces on the left."""
    return str(value).rjust(width)

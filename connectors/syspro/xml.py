"""Reads SYSPRO's answers: any case of element names, prefixes, padding; never entities or DTDs."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

# lxml ships no types; imported by name it is honestly untyped, and what leaves here is typed.
etree: Any = import_module("lxml.etree")


# Twenty times the largest page that is asked for; a million elements take two seconds.
_MOST_TAGS = 2_000_000
# The widest column has 255 characters, the longest text of an error some hundreds.
_LONGEST_TEXT = 65_536


class Unreadable(ValueError):
    """The text is not the XML of a business object."""


@dataclass(frozen=True)
class Node:
    """One element: its name without prefix, its trimmed text, its children."""

    name: str
    text: str = ""
    children: tuple["Node", ...] = ()

    def all(self, path: str) -> list["Node"]:
        """Return the elements at a path such as `Item/Key`, whatever the case of their names.

        The same name may occur at several depths, so that only a path tells which is meant.
        """
        found: list[Node] = [self]
        for step in path.casefold().split("/"):
            found = [c for node in found for c in node.children if c.name.casefold() == step]
        return found

    def first(self, path: str) -> str:
        """Return the text of the first element at the path that has one, else empty."""
        return next((node.text for node in self.all(path) if node.text), "")

    def walk(self, parent: "Node | None" = None) -> Iterator[tuple["Node | None", "Node"]]:
        """Yield every element with its parent, itself first."""
        yield parent, self
        for child in self.children:
            yield from child.walk(self)


def parse(body: bytes) -> Node:
    """Parse an answer.

    Comments and processing instructions are dropped, so that none can cut a text in two.

    Raises:
        Unreadable: it is no XML, declares a document type, is a web page, or is of a size that no
            answer of SYSPRO's has.
    """
    if body.count(b"<") > _MOST_TAGS:
        raise Unreadable("too many elements")
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body.strip(), parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Unreadable("no XML") from None
    if root.getroottree().docinfo.doctype:
        raise Unreadable("a document type")
    node = _node(root)
    if node.name.casefold() == "html":
        raise Unreadable("a web page")
    return node


def _node(element: Any) -> Node:
    children = tuple(_node(child) for child in element)
    name = str(element.tag).rpartition("}")[2].rpartition(":")[2]
    text = (element.text or "").strip()
    if len(text) > _LONGEST_TEXT:
        raise Unreadable("a text of absurd length")
    return Node(name=name, text=text, children=children)

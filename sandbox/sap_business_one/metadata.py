"""`$metadata` as this company has it: the types in use here, with the user fields of the moment."""

from xml.sax.saxutils import quoteattr

from sandbox.sap_business_one.books import Books
from sandbox.sap_business_one.entity_sets import SETS
from sandbox.sap_business_one.entity_types import EntityType, Kind
from sandbox.sap_business_one.enumerations import ENUMERATIONS

_EDM = {
    Kind.TEXT: "Edm.String",
    Kind.WHOLE: "Edm.Int32",
    Kind.NUMBER: "Edm.Double",
    Kind.DATE: "Edm.DateTimeOffset",
    Kind.TIME: "Edm.TimeOfDay",
}


def metadata(books: Books) -> str:
    """The document as XML."""
    types: dict[str, str] = {}
    for one in SETS.values():
        fields = books.field_names(one.kind, one.name)
        types[one.kind.name] = _type(one.kind, "EntityType", one.key, fields)
        for part in [*one.kind.collections.values(), *one.kind.parts.values()]:
            types[part.name] = _type(part, "ComplexType", (), books.field_names(part))
    sets = "".join(
        f'<EntitySet Name="{one.name}" EntityType="SAPB1.{one.kind.name}"/>'
        for one in SETS.values()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">'
        '<edmx:DataServices><Schema Namespace="SAPB1" '
        'xmlns="http://docs.oasis-open.org/odata/ns/edm">'
        f"{_enumerations()}{''.join(types.values())}"
        f'<EntityContainer Name="ServiceLayer">{sets}</EntityContainer>'
        "</Schema></edmx:DataServices></edmx:Edmx>"
    )


def _enumerations() -> str:
    return "".join(
        f'<EnumType Name="{name}">'
        + "".join(f"<Member Name={quoteattr(member)}/>" for member in members)
        + "</EnumType>"
        for name, members in ENUMERATIONS.items()
    )


def _type(kind: EntityType, tag: str, key: tuple[str, ...], fields: frozenset[str]) -> str:
    typed = {name: _EDM[held] for name, held in kind.kinds.items()}
    typed |= {name: f"SAPB1.{enumeration}" for name, enumeration in kind.enums.items()}
    typed |= {name: f"SAPB1.{part.name}" for name, part in kind.parts.items()}
    typed |= {name: f"Collection(SAPB1.{p.name})" for name, p in kind.collections.items()}
    typed |= dict.fromkeys(sorted(fields), "Edm.String")
    keys = "".join(f'<PropertyRef Name="{name}"/>' for name in key)
    properties = "".join(f'<Property Name="{n}" Type="{t}"/>' for n, t in typed.items())
    shown = f"<Key>{keys}</Key>" if keys else ""
    return f'<{tag} Name="{kind.name}">{shown}{properties}</{tag}>'

r"""Schemas that any reader takes: ECMA-262, Ajv as it comes, Python's `jsonschema`, generators.

1. Nothing on this interface is ever null (`json_body.py` refuses it, an answer leaves it out), so
   no schema says that a member may be.
2. A pattern names characters by ranges of `\u….`: classes such as `\p{Cf}` mean something else to a
   reader without the flag `u`. What lies beyond U+FFFF is left to the service to refuse.
3. A record says that it needs `reference` or `case`, which no single field can say.
4. A description is for its readers: of a docstring, the part that explains a class to whoever reads
   its code is left out.
5. Every member has a description and, where it is not made of members itself, an example. It is
   called as a form calls it (`services/labels/record_labels.py`), unless it says something else to
   a program than to a person; all persons and places here are invented.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from contracts.vocabulary.fields import CLEAN, unseen
from services.labels.record_labels import MEMBER_LABELS, member_help, member_label

Schema = dict[str, Any]

_BASE64URL: Final = "^[A-Za-z0-9_-]*$"
_FORMS: Final = {  # pattern -> an example
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}$": "2026-11-23",
    "^[0-9T:.+Z-]{16,32}$": "2026-11-27T17:40:00+01:00",
}
_TEXT: Final = "In a few words."
_INSTEAD_OF: Final = {  # a member -> the one in whose place it stands, never beside it
    "case": "reference", "approximate_age": "birth_date", "age": "birth_date", "to": "kind",
    "why": "next_try_at",
}  # fmt: skip
_OF_ANOTHER: Final = {"answers", "ends"}  # name events that exist: an example names none
_METHODS: Final = ("get", "post")
_FOR_CODERS: Final = "\nAttributes:"  # from here on a docstring speaks of the class's members
_WORDS: Final = {
    "kind": "Kind of the record.",
    "reference": "The agency's own reference of the case. It makes the case token; nobody else "
    "reads it.",
    "case": "Case token, quoted from an arrival; it wins over `reference`.",
    "answers": "The earlier events that this answers or copies.",
    "ends": "The earlier events that this ends.",
    "to": "Desks that it is for; absent: the usual ones of its kind.",
    "EventReference.issuer": "The desk that sent the earlier event.",
    "EventReference.event": "Id of the earlier event.",
    "EventReference.to": "The one addressee for whom it counts; absent: for all.",
    "EventReference.realm": "Bus of the earlier event.",
    "authorisation": "Random reference of the magistrate's authorisation, kept here.",
    "PhoneCall.reference": "Random id by which the log of calls knows it.",
    "InboxItem.title": "What it is called on the agency's screen.",
    "InboxItem.facts": "What the issuer says in clear.",
    "InboxItem.asks": "How it may be answered.",
    "at": "Instant, ISO 8601 with its offset.",
    "data": "The photograph, canonical base64url.",
    "media": "Media type of the photograph.",
    "peer": "Token of the other case.",
    "photo": "A photograph.",
}  # fmt: skip
_EXAMPLES: Final[dict[str, Any]] = {
    "reference": "2026-114", "to": ["crip"], "EventReference.issuer": "edu-s",
    "EventReference.event": "01939e3a-0000-7000-8000-000000000001", "EventReference.to": "crip",
    "first_name": "Zoé", "last_name": "Martin", "surname": "Martin", "family_name": "Martin",
    "known_as": "Zo", "name": "Nadia Martin", "birth_date": "2011-05-14", "approximate_age": 15,
    "age": 15, "ine": "0123456789A", "phone": "06 39 98 01 02", "street": "12 rue des Lilas",
    "postal_code": "93000", "city": "Bobigny", "place": "Gare de Bobigny",
    "School.establishment": "Collège des Acacias", "Establishment.name": "Collège des Acacias",
    "uai": "0930001A", "form": "3e B", "half_days": 12, "unjustified": 9, "height_cm": 158,
    "observed": "Comes to school exhausted every Monday.",
    "seen": "Was waiting alone at the station at night.",
    "quoted": "« Je n’ai pas le choix. »", "words": "« Je n’ai pas le choix. »",
    "data": "iVBORw0KGgo", "ends_on": "2027-05-20", "follow_up_until": "2027-05-20",
    "due": "2026-12-20", "before": "2026-12-20", "entrusted_to": "home-1", "operator": "mo",
    "returned_to": "home-1", "minutes": 60, "procedure_number": "2026/004711",
    "runaway_number": 3, "month": "2026-11", "planned": 4, "kept": 3,
    # Of another form than those of this name elsewhere.
    "PhoneCall.to": None, "PhoneCall.reference": None, "Signalement.place": None,
    "SignalementCopy.place": None, "Measure.operator": "Service de milieu ouvert",
}  # fmt: skip


def portable(document: Schema, records: set[str]) -> Schema:
    """The document with all of its schemas made portable and complete.

    Args:
        records: names of the schemas that are records.
    """
    rewritten: Schema = _each(document, _portable)
    schemas = rewritten["components"]["schemas"]
    for name, schema in schemas.items():
        if "description" in schema:
            schema["description"] = schema["description"].partition(_FOR_CODERS)[0].rstrip()
        if name in records:
            schema["anyOf"] = [{"required": ["reference"]}, {"required": ["case"]}]
            schema["description"] += " It needs `reference` or `case`."
        for member, value in schema.get("properties", {}).items():
            _told(name, member, value)
    for operation in operations(rewritten):
        _exemplified(operation, schemas)
    return rewritten


def operations(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every operation of a document, those of a receiver of webhooks among them."""
    for path in (*document["paths"].values(), *document.get("webhooks", {}).values()):
        yield from (path[method] for method in _METHODS if method in path)


def _each(node: Any, change: Callable[[Schema], Schema]) -> Any:
    """A copy of a tree in which each object has been changed, its members first."""
    if isinstance(node, dict):
        return change({key: _each(value, change) for key, value in node.items()})
    if isinstance(node, list):
        return [_each(value, change) for value in node]
    return node


def _portable(node: Schema) -> Schema:
    if isinstance(node.get("pattern"), str):
        node["pattern"] = node["pattern"].replace(CLEAN, f"[^{unseen()}]")
    choices = node.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        others = [one for one in choices if one != {"type": "null"}]
        del node["anyOf"]
        node = {**others[0], **node} if len(others) == 1 else {"anyOf": others, **node}
        if node.get("default", ...) is None:
            del node["default"]
    return node


def _told(schema: str, member: str, value: Schema) -> None:
    """Give a member its description and example, unless its own model has."""
    shown = None
    if "description" not in value:
        value["description"] = _words_of(schema, member)
        shown = _EXAMPLES.get(f"{schema}.{member}", _EXAMPLES.get(member))
    shown = _by_form(value) if shown is None else shown
    if shown is not None:
        value.setdefault("examples", [shown])


def _words_of(schema: str, member: str) -> str:
    """What a member is, in English."""
    own = f"{schema}.{member}"
    if words := _WORDS.get(own, "" if own in MEMBER_LABELS else _WORDS.get(member)):
        return words
    said = f"{member_label(member, 'en', schema)}. {member_help(member, 'en')}"
    return said.replace("’", "'").strip()


def _by_form(value: Mapping[str, Any]) -> Any:
    """An example of what has one by its form alone; None of numbers and objects."""
    if "const" in value:
        return value["const"]
    if "enum" in value:
        return value["enum"][0]
    if value.get("type") == "boolean":
        return True
    if value.get("type") == "array":
        item = _by_form(value["items"])
        return None if item is None else [item]
    pattern, size = value.get("pattern"), value.get("minLength")
    if pattern == _BASE64URL:
        return "A" * size if size else None
    return _FORMS.get(pattern or "", _TEXT if value.get("type") == "string" else None)


def example(schema: Mapping[str, Any], schemas: Mapping[str, Schema]) -> Any:
    """An example of a schema, made of those of its members."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "oneOf" in schema:
        return example(schema["oneOf"][0], schemas)
    if "properties" in schema:
        members = schema["properties"]
        needed = schema.get("required", ())
        names = [
            name
            for name in members
            if name in needed or not (_INSTEAD_OF.get(name) in members or name in _OF_ANOTHER)
        ]
        return {name: example(members[name], schemas) for name in names}
    if schema.get("type") == "array":
        return [example(schema["items"], schemas)]
    return _by_form(schema)


def _exemplified(operation: Schema, schemas: Mapping[str, Schema]) -> None:
    """Give an operation examples: one a kind of record, one of what it answers."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        if kinds := content["schema"].get("oneOf"):
            names = [one["$ref"].rpartition("/")[2] for one in kinds]
            content["examples"] = {
                name: {"value": example(schemas[name], schemas)} for name in names
            }
        elif "example" not in content:
            content["example"] = example(content["schema"], schemas)
    for status, response in operation["responses"].items():
        if status < "300":
            for content in response.get("content", {}).values():
                content["example"] = example(content["schema"], schemas)

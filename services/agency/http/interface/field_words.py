"""What each member of a record is, and an example of it, for `/openapi.json`.

A member is called as a form calls it (`services/labels/record_labels.py`), unless it says something
else to a program than to a person. Choices, dates, tokens and yes or no have examples by their form
(`portable_schema.py`), and so has a free text. All persons and places here are invented.
"""

from __future__ import annotations

from typing import Any, Final

from services.labels.record_labels import MEMBER_LABELS, member_help, member_label

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


def words_of(schema: str, member: str) -> str:
    """What a member is, in English."""
    own = f"{schema}.{member}"
    if words := _WORDS.get(own, "" if own in MEMBER_LABELS else _WORDS.get(member)):
        return words
    said = f"{member_label(member, 'en', schema)}. {member_help(member, 'en')}"
    return said.replace("’", "'").strip()


def example_of(schema: str, member: str) -> Any:
    """An example that its form does not give; None: there is none."""
    return _EXAMPLES.get(f"{schema}.{member}", _EXAMPLES.get(member))

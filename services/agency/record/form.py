"""Fields that records of all agencies have: whom they name, what they answer, what is declared.

Beside each field stands what becomes of it (`marks.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints

from contracts.vocabulary.conditions import Call as DeclaredCall
from contracts.vocabulary.conditions import Declared, Informed
from contracts.vocabulary.schema import Closed, EventId, Realm, Reference
from contracts.vocabulary.schema_faults import fault
from contracts.vocabulary.scopes import CIVIL
from services.agency.record.marks import ClearFact, Says


def instant(moment: str) -> int:
    """Seconds since 1970 UTC of an ISO 8601 moment with its offset."""
    return int(datetime.fromisoformat(moment).timestamp())


def _moment(text: str) -> str:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise fault("not_a_moment", "ISO 8601 with offset") from None
    if at.tzinfo is None or at.year < 1971:
        raise fault("not_a_moment", "ISO 8601 with offset")
    return text


Moment = Annotated[
    str, StringConstraints(pattern=r"^[0-9T:.+Z-]{16,32}$"), AfterValidator(_moment)
]  # such as 2026-11-27T17:40:00+01:00
DeskId = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,40}$"), AfterValidator(str.lower)
]

# "Informed, not consent" (CASF L.226-2-1, L.226-2-2): told, or not, for one of four coarse motives.
ToldWord = Literal[
    "told", "not_told_interest", "not_told_family_suspected", "not_told_inquiry",
    "not_told_age_or_absence",
]  # fmt: skip
_INFORMED: Final = {
    "told": "informed",
    "not_told_interest": "exempted_interest",
    "not_told_family_suspected": "exempted_family",
    "not_told_inquiry": "exempted_inquiry",
    "not_told_age_or_absence": "exempted_maturity",
}


class Told(Closed):
    """Whether parents and minor were told that this is being shared, and if not, why."""

    parents: ToldWord
    minor: ToldWord


class PhoneCall(Closed):
    """The call that came first; `reference` is the random id by which the call log knows it."""

    to: Literal["duty_magistrate", "police_17", "snated_119", "duty_officer"]
    at: Moment
    reference: Reference


# Fields that several kinds have, with what becomes of them.
WhetherTold = Annotated[Told | None, Says("told")]
Called = Annotated[PhoneCall | None, Says("call")]
InDanger = Annotated[bool | None, Says("danger")]
Authorised = Annotated[Reference | None, Says("authorisation")]
IsLast = Annotated[bool | None, ClearFact("final")]
Renewal = Annotated[bool | None, ClearFact("phase", lambda again: "renewal" if again else "start")]


class EventReference(Closed):
    """An earlier event, as the inbox or an earlier answer named it.

    Attributes:
        to: the one addressee for whom this counts; absent: for all.
        realm: of that event. Nothing refers across realms.
    """

    issuer: DeskId
    event: EventId
    to: DeskId | None = None
    realm: Realm = CIVIL


Answers = Annotated[tuple[EventReference, ...], Field(min_length=1, max_length=16)]


def declared(says: Mapping[str, Any]) -> Declared | None:
    """The cover's declared conditions from what the record says; None if it declares none.

    Args:
        says: what fields marked `Says` hold: `told`, `call` and `authorisation` in the record's
            form, any other as `Declared` names it.
    """
    given: dict[str, Any] = {}
    for word, value in says.items():
        if value is not None:
            name, form = _FORMS.get(word, (word, None))
            given[name] = form(value) if form else value
    return Declared.model_validate(given) if given else None


def _informed(told: Told) -> Informed:
    words = {"parents": _INFORMED[told.parents], "minor": _INFORMED[told.minor]}
    return Informed.model_validate(words)


def _call(call: PhoneCall) -> DeclaredCall:
    return DeclaredCall(to=call.to, at=instant(call.at), ref=call.reference)


# What a record says in another form than the cover → the name there, and how it is made.
_FORMS: Final[dict[str, tuple[str, Callable[[Any], Any] | None]]] = {
    "told": ("informed", _informed),
    "call": ("call", _call),
    "authorisation": ("auth", None),
}

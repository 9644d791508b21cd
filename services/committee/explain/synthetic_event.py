"""A made-up event and the little of a case that it needs: what `diff` shows and `explain` takes.

    {"realm": "civil", "issuer": "EDU-H", "event": "IP", "recipient": "CRIP",
     "purpose": "assess", "scopes": ["FACTS"], "declared": {"informed": {…}},
     "secrecy": ["EDU-S", "CRIP"], "assigned": ["CRIP"],
     "answers": [{"issuer": "EDU-S", "recipient": "PARQ-CIV", "clause": "R09", "scopes":
     ["FACTS"]}]}

It is judged by `decide` itself, in a small federation of one desk a role: what an example shows is
what routing would do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from pydantic import Field, ValidationError

from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
from contracts.decision.state.state import Case, Past, State
from contracts.decision.state.view import View
from contracts.encoding import b64u, digest
from contracts.envelope.event import Event, Head
from contracts.envelope.model import Cover
from contracts.errors import UsageError
from contracts.keys.directory import DeskEntry, Directory, EncryptionKey
from contracts.keys.sealing_keys import EncryptionKeys
from contracts.vocabulary.conditions import Declared
from contracts.vocabulary.schema import Closed, Code, Date, desk_urn, router_urn
from contracts.vocabulary.scopes import RETENTION_CLASSES, SCOPES

LARGEST: Final = 64 << 10  # bytes of an example's file
_FAR: Final = 2**40
_SUB: Final = b64u(bytes(32))
_HOUR: Final = 9  # of the day on which an example plays, Paris


class Earlier(Closed):
    """An earlier event of the case, which the example answers or copies."""

    issuer: Code
    recipient: Code
    clause: Code
    scopes: tuple[Code, ...] = ()


class Example(Closed):
    """An event to one addressee, in roles and scopes, and the facts that its conditions read.

    Attributes:
        scopes: what it carries; may be empty for what only `explain` answers.
        keep: retention class that its parts are sealed for; absent: the one that the clause asks.
        secrecy: roles whose desks are bound by professional secrecy.
        assigned: roles whose desks take part in the case.
        on: day on which it is decided, 09:00 in Paris; absent: the convention's date of effect.
    """

    realm: Code
    issuer: Code
    event: Code
    recipient: Code
    purpose: Code
    scopes: tuple[Code, ...] = ()
    keep: Code | None = None
    declared: Declared | None = None
    secrecy: tuple[Code, ...] | None = None
    assigned: tuple[Code, ...] | None = None
    answers: tuple[Earlier, ...] | None = Field(default=None, max_length=16)
    on: Date | None = None
    ends_on: Date | None = None
    due: Date | None = None
    decided_on: Date | None = None
    received_on: Date | None = None


@dataclass(frozen=True, slots=True)
class StagedSituation:
    """An example as `decide` wants it."""

    directory: Directory
    view: View
    event: Event
    at: int


def read_example(text: bytes) -> Example:
    """Read an example's file.

    Raises:
        UsageError: `example_too_large`, `example_malformed`.
    """
    if len(text) > LARGEST:
        got, expected = f"{len(text)} bytes", f"at most {LARGEST}"
        raise UsageError("example_too_large", got, expected)
    try:
        return Example.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise UsageError("example_malformed", first["type"], "an example", place) from None


def grant_of(convention: Convention, example: Example) -> Grant | None:
    """The grant that answers an example, publications left aside."""
    return convention.grant(
        example.realm, example.issuer, example.event, example.purpose, example.recipient
    )


def situation(convention: Convention, example: Example) -> StagedSituation:
    """The directory, state and event that an example describes.

    Raises:
        UsageError: `unknown_category`, `unknown_retention`, `same_role`.
        ConventionError: `calendar_ended`.
    """
    _check(example)
    directory = _directory(convention, example)
    calendar = convention.calendar
    at = calendar.instant(date.fromisoformat(example.on or convention.effective), _HOUR)
    case = Case()
    refs = []
    for number, earlier in enumerate(_one_event(example.answers or ()), start=2):
        refs.append({"iss": _urn(example.realm, earlier[0].issuer), "jti": _jti(number)})
        desks = {_urn(example.realm, e.recipient): (e.clause, e.scopes) for e in earlier}
        case.events[_jti(number)] = Past(refs[-1]["iss"], "ANY", at, desks)
    if example.assigned:  # by an event before, of which nothing else is known
        case.events[_jti(0)] = Past(_urn(example.realm, example.issuer), "ANY", at, {})
    for role in example.assigned or ():
        case.assigned.add((_urn(example.realm, role), _jti(0)))
    state = State(cases={_SUB: case})
    return StagedSituation(directory, View(state), _event(convention, example, refs, at), at)


def _one_event(answers: tuple[Earlier, ...]) -> list[list[Earlier]]:
    """Deliveries of the same issuer are those of one event."""
    by_issuer: dict[str, list[Earlier]] = {}
    for earlier in answers:
        by_issuer.setdefault(earlier.issuer, []).append(earlier)
    return list(by_issuer.values())


def _check(example: Example) -> None:
    for scope in example.scopes:
        if scope not in SCOPES:
            raise UsageError("unknown_category", "another", "a known scope", "scopes")
    if example.keep is not None and example.keep not in RETENTION_CLASSES:
        raise UsageError("unknown_retention", "another", ", ".join(RETENTION_CLASSES), "keep")
    if example.issuer == example.recipient:
        raise UsageError("same_role", "one role twice", "another recipient", "recipient")


def _directory(convention: Convention, example: Example) -> Directory:
    """One desk a role, bound by secrecy as the example says, a key for each retention class."""
    named = [earlier.issuer for earlier in example.answers or ()]
    named += [earlier.recipient for earlier in example.answers or ()]
    named += [example.issuer, example.recipient, *(example.assigned or ())]
    desks = {}
    for role in dict.fromkeys([*convention.roles, *named]):
        urn = _urn(example.realm, role)
        spec = convention.roles.get(role)
        agency = spec.agency if spec is not None else ""
        bound = role in (example.secrecy or ())
        desks[urn] = DeskEntry(urn, role, agency, bound, {"fr": role, "en": role})
    owner = _urn(example.realm, example.recipient)
    keys = {
        kept.lower(): EncryptionKey(kept.lower(), owner, kept, bytes(32), 0, _FAR, _FAR)
        for kept in RETENTION_CLASSES
    }
    return Directory(example.realm, 1, digest("example"), 0, _FAR, desks, {}, EncryptionKeys(keys))


def _event(convention: Convention, example: Example, refs: list[Any], at: int) -> Event:
    grant = grant_of(convention, example)
    keep = example.keep or (grant.keep if grant is not None else "") or min(RETENTION_CLASSES)
    urn = _urn(example.realm, example.recipient)
    heads = tuple(
        Head(digest(scope), "", "", urn, scope, keep.lower(), "") for scope in example.scopes
    )
    to = {
        "desk": urn, "purpose": example.purpose, "slip": digest("slip"),
        "parts": tuple(sorted(head.digest for head in heads)) or None, "re": tuple(refs) or None,
    }  # fmt: skip
    dates = {
        name: getattr(example, name) for name in ("ends_on", "due", "decided_on", "received_on")
    }
    claims = {
        "iss": _urn(example.realm, example.issuer), "jti": _jti(1), "iat": at, "exp": at + 3600,
        "realm": example.realm, "etype": example.event, "convd": convention.digest, "sub": _SUB,
        "aud": router_urn(example.realm), "to": (to,), "declared": example.declared, **dates,
    }  # fmt: skip
    try:
        cover = Cover.model_validate(claims)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise UsageError("example_malformed", first["type"], "an example", place) from None
    return Event(cover, "", digest("cover"), heads)


def _urn(realm: str, role: str) -> str:
    return desk_urn(realm, re.sub(r"[^a-z0-9-]", "-", role.lower()))


def _jti(number: int) -> str:
    return f"00000000-0000-7000-8000-{number:012x}"

"""A real event, or an example, as a question to a convention: roles, scopes, facts.

A cover names desks and parts; the directory says their roles, the heads of its parts their scopes.
Without a case, what a condition reads there is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from contracts.convention.agreed import agreed
from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
from contracts.decision.conditions import (
    DEPENDS,
    ConditionInputs,
    ends_own,
    judged,
    original_scopes,
)
from contracts.decision.state.state import Case
from contracts.encoding import b64u, digest, sha256, unb64u
from contracts.envelope.event import Event
from contracts.envelope.model import Addressee, Cover
from contracts.envelope.verify import cover_from_evidence, event_from_evidence
from contracts.errors import UsageError
from contracts.keys.directory import Directory
from contracts.vocabulary import reasons
from contracts.vocabulary.conditions import Declared
from contracts.vocabulary.scopes import BUS_EVENTS, EVENT_TYPES, REALMS
from services.committee.explain.synthetic_event import Example, read_example, situation
from services.committee.matrix.rows import BUS

LARGEST: Final = 16 << 20  # bytes of an event's file
_UNDECLARED: Final = Declared()


@dataclass(frozen=True, slots=True)
class ShownFacts:
    """What the event shows of what conditions read.

    Attributes:
        case: None: unknown; what reads it *depends*.
        sealed: scope -> retention class that its part is sealed for.
        empty: the cover lists no part for this addressee; only what ends something may be so.
    """

    convention: Convention
    directory: Directory
    case: Case | None
    issuer: str
    addressee: Addressee
    declared: Declared
    ending: bool = False
    sealed: Mapping[str, str] = field(default_factory=dict)
    empty: bool = False

    def failures(self, grant: Grant) -> tuple[str, ...]:
        """Why a grant does not let this through as a whole; `depends` where none can tell."""
        unmet = tuple(reason for reason in self.judged(grant).values() if reason is not None)
        if not self.empty:
            return unmet
        return (*unmet, DEPENDS if self.ending else reasons.NO_PARTS)

    def judged(self, grant: Grant) -> dict[str, str | None]:
        """Each condition of a grant: None if it is met, its reason if not, or `depends`."""
        answers = judged(self._asked(grant))
        if "copy_of" in answers and self.case is None and not self.addressee.re:
            answers["copy_of"] = DEPENDS  # on what the report beside it comes to: another question
        return answers

    def original(self, grant: Grant) -> frozenset[str] | None:
        """Of a copy, the scopes that its original released; None: no copy, or nothing tells."""
        if self.case is None or "copy_of" not in grant.conditions:
            return None
        return original_scopes(self._asked(grant)) or None

    def _asked(self, grant: Grant) -> ConditionInputs:
        return ConditionInputs(
            self.convention,
            self.directory,
            grant,
            self.case,
            self.issuer,
            self.addressee.desk,
            self.declared,
            self.addressee.re or (),
            self.ending,
        )

    def wrongly_sealed(self, grant: Grant, scope: str) -> bool:
        """Whether a part is sealed for another retention class than the grant's."""
        return self.sealed.get(scope, grant.keep) != grant.keep


@dataclass(frozen=True, slots=True)
class Posed:
    """One addressee's question.

    Attributes:
        issuer, recipient: roles; the desk's urn where the directory does not know it.
        purpose: empty if the event does not say one (an attempt).
        facts: None for a publication.
        refused: reasons for which routing refuses it whatever a clause says.
        unknown: what the event alone does not show: `contents` (which data its parts hold),
            `ends_own` (whether what it ends is the sender's), `ends_its_kind` (whether it may be
            empty).
    """

    realm: str
    issuer: str
    event: str
    recipient: str
    purpose: str
    scopes: tuple[str, ...]
    facts: ShownFacts | None
    refused: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def posed(
    convention: Convention, text: bytes, directory: Callable[[str], Directory]
) -> tuple[Posed, ...]:
    """The questions in a file: an example, a published event, its evidence, or a cover alone.

    Args:
        directory: the directory of a realm, asked for only if desks have to be known.

    Raises:
        UsageError: `event_too_large`, `event_unreadable`, `system_event`, and those of an example.
        EnvelopeError: a real event does not verify.
    """
    if len(text) > LARGEST:
        got, expected = f"{len(text)} bytes", f"at most {LARGEST}"
        raise UsageError("event_too_large", got, expected)
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError:
        data = {"cover": text.decode("ascii", "replace").strip()}
    if isinstance(data, dict) and isinstance(data.get("data"), dict):
        data = data["data"]  # a published event is a CloudEvent around cover, slips and parts
    if isinstance(data, dict) and "recipient" in data:
        return (of_example(convention, read_example(text)),)
    if not isinstance(data, dict) or not isinstance(data.get("cover"), str):
        expected_form = "an example, an event or a cover"
        raise UsageError("event_unreadable", "something else", expected_form)
    return of_event(convention, *_verified(data, directory))


def of_example(convention: Convention, example: Example) -> Posed:
    """The question of an example.

    Raises:
        UsageError: the example is malformed.
    """
    facts = None
    if example.issuer != BUS:
        placed = situation(convention, example)
        cover = placed.event.cover
        sealed = dict.fromkeys(example.scopes, example.keep) if example.keep else {}
        facts = ShownFacts(
            convention,
            placed.directory,
            placed.view.case(cover.sub),
            cover.iss,
            cover.to[0],
            cover.declared or _UNDECLARED,
            sealed=sealed,
        )
    return Posed(
        example.realm,
        example.issuer,
        example.event,
        example.recipient,
        example.purpose,
        example.scopes,
        facts,
    )


def of_event(convention: Convention, event: Event, directory: Directory) -> tuple[Posed, ...]:
    """The questions of a real event, one an addressee; what it left out is asked too.

    Raises:
        UsageError: `system_event`: no clause rules it.
    """
    cover = event.cover
    if cover.etype in BUS_EVENTS:
        raise UsageError("system_event", cover.etype, "an act that clauses rule")
    return tuple(_of_addressee(convention, event, directory, addressee) for addressee in cover.to)


def _of_addressee(
    convention: Convention, event: Event, directory: Directory, addressee: Addressee
) -> Posed:
    cover, desk = event.cover, addressee.desk
    heads = event.heads_for(desk)
    left = [s for omitted in cover.left_out or () if omitted.desk == desk for s in omitted.scopes]
    keys = {head.cat: directory.encryption.get(head.kid) for head in heads}
    facts = ShownFacts(
        convention,
        directory,
        None,
        cover.iss,
        addressee,
        cover.declared or _UNDECLARED,
        cover.phase == "end" and bool(cover.ends),
        {scope: key.retention for scope, key in keys.items() if key is not None},
        empty=not (addressee.parts or cover.attempt),
    )
    return Posed(
        cover.realm,
        _role(directory, cover.iss),
        cover.etype,
        _role(directory, desk),
        addressee.purpose or "",
        tuple(dict.fromkeys([*keys, *left])),
        facts,
        _refused(convention, directory, cover, desk),
        _unknown(cover, facts, read=bool(heads)),
    )


def _role(directory: Directory, urn: str) -> str:
    row = directory.desk(urn)
    return row.role if row is not None else urn


def _refused(
    convention: Convention, directory: Directory, cover: Cover, desk: str
) -> tuple[str, ...]:
    """As `decide` refuses, before it looks for a clause; of an attempt, as what it attempts."""
    if cover.etype == "STAT":
        return (reasons.PUBLICATION_ONLY,)
    if cover.etype not in EVENT_TYPES:
        return (reasons.NOT_FOR_OUTBOX,)
    if not cover.attempt and not ends_own(directory, cover, None):
        return (reasons.ENDS_NOT_OWN,)
    both = (directory.desk(urn) for urn in (cover.iss, desk))
    return () if all(agreed(convention, row) for row in both) else (reasons.UNKNOWN_DESK,)


def _unknown(cover: Cover, facts: ShownFacts, *, read: bool) -> tuple[str, ...]:
    """What only parts or the case would tell.

    Args:
        read: the addressee's parts were shown.
    """
    untold = {
        "contents": bool(facts.addressee.parts) and not read,
        "ends_own": bool(cover.ends),
        "ends_its_kind": facts.empty and facts.ending,
    }
    return tuple(name for name, holds in untold.items() if holds)


def _verified(
    data: dict[str, Any], directory: Callable[[str], Directory]
) -> tuple[Event, Directory]:
    """The event, its signature and the heads of its parts verified with the realm's directory."""
    token: str = data["cover"]
    try:
        realm = orjson.loads(unb64u(token.split(".")[1], "cover"))["realm"]
        heads = (
            data["heads"] if "heads" in data else [_head(part) for part in data.get("parts", ())]
        )
        shown = [{"head": str(head["head"]), "rest": str(head["rest"])} for head in heads]
    except (IndexError, KeyError, TypeError, ValueError):
        raise UsageError("event_unreadable", "no cover", "an event or a cover") from None
    if realm not in REALMS:
        raise UsageError("event_unreadable", "another realm", ", ".join(REALMS))
    known = directory(realm)
    if not shown:
        return event_from_cover(token, known), known
    return event_from_evidence(token, shown, known), known


def event_from_cover(token: str, directory: Directory) -> Event:
    """A cover alone: whom, why and on which conditions, without the scopes of its parts.

    Raises:
        EnvelopeError: it does not verify.
    """
    return Event(cover_from_evidence(token, directory), token, digest(token), ())


def _head(part: str) -> dict[str, str]:
    head, _, rest = part.partition(".")
    return {"head": head, "rest": b64u(sha256(rest.encode()))}

"""From foresight to what is published: content, attempts, and what is left out.

One draft becomes at most two events: one with the content that a clause lets through, or may let
through, and one *attempt*, without content, to the desks that no clause lets the act address.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from contracts.convention.model import Convention
from contracts.decision.desk_ends import DeskEnds
from contracts.decision.doors import Door
from contracts.decision.draft import Draft, DraftAddressee
from contracts.decision.foresight import Foreseen, foresee
from contracts.encoding import rfc3339
from contracts.keys.directory import Directory
from contracts.vocabulary import reasons
from contracts.vocabulary.conditions import DECLARATIONS
from contracts.vocabulary.schema import desk_urn, short
from contracts.vocabulary.scopes import BUS_EVENTS
from services.agency.office.responses.common import LeftOutScope, RightDoor
from services.agency.office.responses.sending import AddresseeVerdict, LeftOutField, Remark
from services.agency.office.sending.answer import AddresseeLine, Outgoing, Prepared
from services.platform.http.problems import ProblemError

_ALERTS: Final = frozenset({"IP", "SIG"})
_FACTS: Final = frozenset({"FACTS", "FACTS.summary"})
# Stages that no duty asks for beforehand.
_ALWAYS: Final = frozenset({"withdrawn", "unreadable"})


def unmet(draft: Draft, addressee: DraftAddressee, seen: Foreseen) -> Iterator[Remark]:
    """The fields of the record that would meet the conditions of a desk that gets nothing."""
    for reason in seen.reasons if seen.verdict == "withhold" else ():
        condition, expected = DECLARATIONS.get(reason, ("", ""))
        if place := draft.declares.get(condition):
            got = "nothing" if place not in draft.answered else "another answer"
            yield Remark(cause=reason, place=place, got=got, expected=expected, desk=addressee.desk)


def without_facts(draft: Draft, pairs: Iterable[tuple[DraftAddressee, Foreseen]]) -> list[Remark]:
    """An alert of which a desk is sent no fact: it can be taken, and hardly assessed."""
    if draft.etype not in _ALERTS:
        return []
    return [
        Remark(
            cause="no_facts",
            got="an alert without facts",
            expected="what was observed, or a summary",
            desk=addressee.desk,
        )
        for addressee, seen in pairs
        if seen.verdict != "withhold" and not _FACTS & set(seen.scopes)
    ]


def ending(draft: Draft, ends: DeskEnds) -> list[Remark]:
    """Desks that end and are still sent what is new: whom to write to instead."""
    remarks = []
    for one in draft.to:
        urn = desk_urn(draft.realm, one.desk)
        if (end := ends.end_of(urn)) is not None and not ends.has_ended(urn):
            got = f"a desk that ends on {rfc3339(end.until)}"
            successor = short(end.successor)
            remarks.append(Remark(cause="desk_ends", got=got, expected=successor, desk=one.desk))
    return remarks


def stage_not_expected(stage: str, owed: Collection[str]) -> list[Remark]:
    """An acknowledgement whose stage meets nothing of what the arrival made its recipient owe.

    Args:
        owed: stages that acknowledgements are owed with; any later stage meets `received`.
    """
    expected = set(owed) | ({"declined"} if "accepted" in owed else set())
    if stage in expected | _ALWAYS or "received" in owed:
        return []
    wanted = " or ".join(sorted(expected)) or "no acknowledgement"
    return [Remark(cause="stage_not_expected", place="stage", got=stage, expected=wanted)]


def judge_draft(
    prepared: Prepared, draft: Draft, case: str, convention: Convention, directory: Directory,
    ends: DeskEnds,
) -> None:  # fmt: skip
    """Judge one of a record's drafts: at most one event with content and one attempt.

    Args:
        ends: what is new is not sealed for a desk that has ended; of answers the router decides.
    """
    prepared.left_out += [
        LeftOutField(field=name, reasons=(why,)) for name, why in draft.unpublished.items()
    ]
    here = len(prepared.events)
    event = partial(Outgoing, case=case, convd=convention.digest, dird=directory.digest)
    if draft.etype in BUS_EVENTS:  # no clause rules it, and only the router knows
        keep = {one.desk: one.keep for one in draft.to if one.keep}
        prepared.events.append(event(draft, keep, {}))
        prepared.lines += [AddresseeLine(_only_router_knows(one), here) for one in draft.to]
        return
    foreseen = [
        seen if one.re or draft.ends else _by_ends(seen, draft, convention, directory, ends)
        for one, seen in zip(draft.to, foresee(convention, directory, draft), strict=True)
    ]
    pairs = list(zip(draft.to, foreseen, strict=True))
    sent = [(one, seen) for one, seen in pairs if seen.verdict != "withhold"]
    tried = [(one, seen) for one, seen in pairs if _is_attempt(seen)]
    prepared.unmet += [remark for one, seen in pairs for remark in unmet(draft, one, seen)]
    prepared.doubts += without_facts(draft, pairs)
    prepared.doubts += ending(draft, ends)
    if sent:
        prepared.events.append(event(*_content(draft, sent)))
    if tried:
        prepared.events.append(event(*_attempt(draft, tried), attempt=True))
    for addressee, seen in pairs:
        attempt = _is_attempt(seen)
        place = here if (addressee, seen) in sent else here + bool(sent) if attempt else None
        _line(prepared, addressee, seen, place)


def _only_router_knows(one: DraftAddressee) -> AddresseeVerdict:
    return AddresseeVerdict(
        desk=one.desk, verdict="depends", purpose=one.purpose or None,
        scopes=tuple(sorted(one.portions)), left_out=(), reasons=(), doors=(),
    )  # fmt: skip


def _line(prepared: Prepared, addressee: DraftAddressee, seen: Foreseen, place: int | None) -> None:
    attempt = _is_attempt(seen)
    published = place is not None and not attempt
    why = dict(seen.withheld)
    if not published:
        why |= dict.fromkeys(seen.scopes, seen.reasons)
    verdict = AddresseeVerdict(
        desk=addressee.desk, verdict="attempt" if attempt else seen.verdict,
        purpose=addressee.purpose or None, clause=seen.grant or None,
        scopes=seen.scopes if published else (),
        left_out=tuple(LeftOutScope(scope=one, reasons=tuple(why[one])) for one in sorted(why)),
        reasons=seen.reasons, doors=tuple(RightDoor(**door.json()) for door in seen.doors),
    )  # fmt: skip
    prepared.lines.append(AddresseeLine(verdict, place))
    prepared.left_out += [
        LeftOutField(field=name, reasons=left.reasons, desk=addressee.desk, scope=left.scope)
        for left in verdict.left_out
        for name in addressee.portions[left.scope].fields
    ]


def nothing_to_publish(prepared: Prepared) -> ProblemError:
    """Nothing remains to be published: the reasons and the suggested recipients."""
    answer = prepared.answer(()).wire()
    more = {name: answer[name] for name in ("to", "left_out")}
    if prepared.unmet:
        more["errors"] = [remark.wire() for remark in prepared.unmet]
    place = (prepared.unmet[0].place or "") if prepared.unmet else ""
    return ProblemError(
        422, "nothing_to_publish", "a record of which nothing may be sent",
        "a condition met, or another door", place, more=more,
    )  # fmt: skip


_Pairs = Sequence[tuple[DraftAddressee, Foreseen]]
_Content = tuple[Draft, dict[str, str], dict[str, tuple[str, ...]]]  # as `Outgoing` has it


def _is_attempt(seen: Foreseen) -> bool:
    """No clause, for any purpose, lets this issuer's act address this desk, which exists."""
    return not seen.known and reasons.UNKNOWN_DESK not in seen.reasons


def _by_ends(
    seen: Foreseen, draft: Draft, convention: Convention, directory: Directory, ends: DeskEnds
) -> Foreseen:
    """What is foreseen of a desk; to one that has ended, or from one, nothing that is new."""
    own, urn = (desk_urn(draft.realm, desk) for desk in (draft.issuer, seen.desk))
    is_over = ends.has_ended(own)
    if not is_over and not ends.has_ended(urn):
        return seen
    why, successor = (reasons.ISSUER_ENDED if is_over else reasons.DESK_ENDED,), ends.successor(urn)
    doors = tuple(
        Door(grant.clause, directory.role_of(successor), grant.event, grant.purpose, successor)
        for grant in convention.grants
        if grant.id == seen.grant and not is_over
    )
    withheld: dict[str, tuple[str, ...]] = dict.fromkeys((*seen.scopes, *seen.withheld), why)
    return replace(
        seen,
        verdict="withhold",
        scopes=(),
        withheld=withheld,
        reasons=why,
        doors=doors,
        retention="",
    )


def _content(draft: Draft, sent: _Pairs) -> _Content:
    """What the convention lets through, or may let through."""
    to = tuple(
        replace(addressee, portions={scope: addressee.portions[scope] for scope in seen.scopes})
        for addressee, seen in sent
    )
    left_out = {one.desk: tuple(sorted(seen.withheld)) for one, seen in sent if seen.withheld}
    return replace(draft, to=to), {one.desk: seen.retention for one, seen in sent}, left_out


def _attempt(draft: Draft, tried: _Pairs) -> _Content:
    """No content: the event makes an obstacle visible."""
    bare = replace(
        draft,
        to=tuple(DraftAddressee(one.desk, None) for one, _ in tried),
        declared=None, linked=None, ends=(), facts={},
    )  # fmt: skip
    left_out = {one.desk: tuple(sorted(one.portions)) for one, _ in tried if one.portions}
    return bare, {}, left_out

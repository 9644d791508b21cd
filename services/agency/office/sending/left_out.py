"""From foresight to what is published: content, attempts, and what is left out.

One draft becomes at most two events: one with the content that a clause lets through, or may let
through, and one *attempt*, without content, to the desks that no clause lets the act address.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from contracts.convention.model import Convention
from contracts.decision.doors import Door
from contracts.decision.draft import Draft, DraftAddressee
from contracts.decision.foresight import Foreseen, foresee
from contracts.decision.heirs import Heirs
from contracts.keys.directory import Directory
from contracts.vocabulary import reasons
from contracts.vocabulary.schema import desk_urn
from contracts.vocabulary.scopes import BUS_EVENTS
from services.agency.office.responses.sending import LeftOutField, Remark
from services.agency.office.sending import remarks
from services.agency.office.sending.answer import AddresseeLine, Outgoing, Prepared
from services.platform.http.problems import ProblemError


class Judged:
    """Collects what several drafts of one record come to."""

    def __init__(self, desk: str) -> None:
        self.desk = desk
        self.events: list[Outgoing] = []
        self.lines: list[AddresseeLine] = []
        self.left_out: list[LeftOutField] = []
        self.unmet: list[Remark] = []
        self.doubts: list[Remark] = []

    def take(
        self, draft: Draft, case: str, convention: Convention, directory: Directory,
        heirs: Heirs, at: int,
    ) -> None:  # fmt: skip
        """Judge one draft: at most one event with content and one attempt.

        Args:
            heirs: who stands for whom at an instant: what is meant for a desk that has ended is not sealed.
        """
        self.left_out += [
            LeftOutField(field=name, reasons=(why,)) for name, why in draft.unpublished.items()
        ]
        if draft.etype in BUS_EVENTS:
            self._system(draft, case, convention, directory)
            return
        foreseen = [
            _to_heir(seen, draft.realm, convention, directory, heirs, at)
            for seen in foresee(convention, directory, draft, heirs.after(at))
        ]
        pairs = list(zip(draft.to, foreseen, strict=True))
        sent = [(one, seen) for one, seen in pairs if seen.verdict != "withhold"]
        tried = [(one, seen) for one, seen in pairs if _is_attempt(seen)]
        self.unmet += [remark for one, seen in pairs for remark in remarks.unmet(draft, one, seen)]
        self.doubts += remarks.without_facts(draft, pairs)
        self.doubts += remarks.ending(draft, heirs, at)
        here = len(self.events)
        if sent:
            self.events.append(_content(draft, case, convention, directory, sent))
        if tried:
            self.events.append(_attempt(draft, case, convention, directory, tried))
        for addressee, seen in pairs:
            attempt = _is_attempt(seen)
            place = here if (addressee, seen) in sent else here + bool(sent) if attempt else None
            self._line(addressee, seen, place, attempt, here)

    def _system(
        self, draft: Draft, case: str, convention: Convention, directory: Directory
    ) -> None:
        """ACK, WITHDRAW, LINK, UNLINK, ENTRUST: no clause rules it, and only the router knows."""
        place = len(self.events)
        keep = {one.desk: one.keep for one in draft.to if one.keep}
        event = Outgoing(draft, case, convention.digest, directory.digest, keep, {})
        self.events.append(event)
        self.lines += [
            AddresseeLine(place, one.desk, one.purpose, "", "depends", tuple(sorted(one.portions)))
            for one in draft.to
        ]

    def _line(
        self,
        addressee: DraftAddressee,
        seen: Foreseen,
        place: int | None,
        attempt: bool,
        beside: int,
    ) -> None:
        published = place is not None and not attempt
        why = dict(seen.withheld)
        if not published:
            why |= dict.fromkeys(seen.scopes, seen.reasons)
        self.lines.append(
            AddresseeLine(
                place, addressee.desk, addressee.purpose, seen.grant,
                "attempt" if attempt else seen.verdict,
                seen.scopes if published else (), why, seen.reasons, seen.doors, beside,
            )
        )  # fmt: skip
        for scope in sorted(why):
            for name in addressee.portions[scope].fields:
                self.left_out.append(
                    LeftOutField(
                        field=name, reasons=tuple(why[scope]), desk=addressee.desk, scope=scope
                    )
                )

    def nothing(self) -> ProblemError:
        """Nothing remains to be published: the reasons and the right doors."""
        answer = self.prepared().answer(()).wire()
        more = {name: answer[name] for name in ("to", "left_out")}
        if self.unmet:
            more["errors"] = [remark.wire() for remark in self.unmet]
        place = (self.unmet[0].place or "") if self.unmet else ""
        return ProblemError(
            422, "nothing_to_publish", "a record of which nothing may be sent",
            "a condition met, or another door", place, more=more,
        )  # fmt: skip

    def prepared(self) -> Prepared:
        """The value of all of it."""
        told = (*self.unmet, *self.doubts)
        return Prepared(
            self.desk, tuple(self.events), tuple(self.lines), tuple(self.left_out), told
        )


_Pairs = Sequence[tuple[DraftAddressee, Foreseen]]


def _is_attempt(seen: Foreseen) -> bool:
    """No clause, for any purpose, lets this issuer's act address this desk, which exists."""
    return not seen.known and reasons.UNKNOWN_DESK not in seen.reasons


def _to_heir(
    seen: Foreseen, realm: str, convention: Convention, directory: Directory, heirs: Heirs, at: int
) -> Foreseen:
    """What is foreseen of a desk; of one to which nothing is delivered any more, its heir's door (rules §18)."""
    urn = desk_urn(realm, seen.desk)
    if not heirs.has_ended(urn, at):
        return seen
    why, heir = (reasons.DESK_ENDED,), heirs.next_of(urn)[0]
    doors = tuple(
        Door(grant.clause, directory.role_of(heir), grant.event, grant.purpose, heir)
        for grant in convention.grants
        if grant.id == seen.grant
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


def _content(
    draft: Draft, case: str, convention: Convention, directory: Directory, sent: _Pairs
) -> Outgoing:
    """The event that carries what the convention lets through, or may let through."""
    to = tuple(
        replace(addressee, portions={scope: addressee.portions[scope] for scope in seen.scopes})
        for addressee, seen in sent
    )
    left_out = {one.desk: tuple(sorted(seen.withheld)) for one, seen in sent if seen.withheld}
    retention = {one.desk: seen.retention for one, seen in sent}
    draft = replace(draft, to=to)
    return Outgoing(draft, case, convention.digest, directory.digest, retention, left_out)


def _attempt(
    draft: Draft, case: str, convention: Convention, directory: Directory, tried: _Pairs
) -> Outgoing:
    """The event without content that makes an obstacle visible."""
    bare = replace(
        draft,
        to=tuple(DraftAddressee(one.desk, None) for one, _ in tried),
        declared=None, linked=None, ends=(), facts={},
    )  # fmt: skip
    left_out = {one.desk: tuple(sorted(one.portions)) for one, _ in tried if one.portions}
    return Outgoing(bare, case, convention.digest, directory.digest, {}, left_out, attempt=True)

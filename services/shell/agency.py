"""The heart of an agency's service, without I/O: from its record to sealed events.

    record → intake (pure, the agency's own) → foresee by the convention → leave out → Prepared
    Prepared → seal: cover, slips and parts → outbound records

`prepare` is deterministic: the same record, instant and convention give the same answer, which is
how a repeated request is answered after a crash. Randomness enters in `seal` alone.

What no clause lets through is never published. A desk whom no clause lets the act address, for any
purpose, becomes an *attempt*: an event of its own, without content, refused by the router and
counted. A desk surely withheld for a declared condition is not published either: the caller is
told, and may complete the record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from contracts import reasons
from contracts.convention.model import Convention
from contracts.directory import Directory
from contracts.draft import AddressBook, Draft, DraftAddressee, Issuer
from contracts.encoding import b64u, derive, mac
from contracts.envelope.model import desk_urn, short
from contracts.errors import LogError
from contracts.foresight import Foreseen, foresee
from contracts.keys import KeyRing, Signer
from contracts.log.orders import Registry
from contracts.scopes import SYSTEM_EVENTS
from services.shell.prepared import LeftField, Line, Outgoing, Prepared
from services.shell.problems import ProblemError

Intake = Callable[[Mapping[str, Any], Issuer, AddressBook], Sequence[Draft]]
Known = Callable[[str], frozenset[str]]  # case token -> realms in which it was seen here

RETRY_LATER: Final = {"Retry-After": "5"}  # seconds; an adoption is read within that


@dataclass(frozen=True, slots=True)
class Book:
    """The directories as an intake may read them: short ids and roles, no keys."""

    directories: Mapping[str, Directory]

    def role_of(self, realm: str, desk: str) -> str | None:
        """The role of a desk, None if the realm's directory has no such desk."""
        directory = self.directories.get(realm)
        entry = directory.desk(desk_urn(realm, desk)) if directory is not None else None
        return entry.role if entry is not None else None

    def desks(self, realm: str, role: str) -> tuple[str, ...]:
        """The desks of a role, sorted."""
        directory = self.directories.get(realm)
        urns = directory.by_role.get(role, ()) if directory is not None else ()
        return tuple(short(urn) for urn in urns)

    def role(self, desk: str) -> str:
        """The role of one of our own desks.

        Raises:
            ProblemError: 503 `desk_not_in_directory`.
        """
        for realm in self.directories:
            if role := self.role_of(realm, desk):
                return role
        raise ProblemError(
            503, "desk_not_in_directory", "a directory without this desk", "an entry"
        )


@dataclass(frozen=True)
class Agency:
    """One agency: its desks, their keys and secrets, and its own intake.

    Attributes:
        desks: short ids.
        signers: desk urn -> its signing key.
        rings: desk urn -> its private decryption keys.
        secret: the agency's own; case tokens and idempotency keys derive from it.
        routing: realm -> routing secret, shared by all agencies and the realm's router.
        registries: realm -> what control has said: conventions and directories.
        intake: record, issuer and address book to drafts; pure.
    """

    name: str
    desks: tuple[str, ...]
    signers: Mapping[str, Signer]
    rings: Mapping[str, KeyRing] = field(repr=False)
    secret: bytes = field(repr=False)
    routing: Mapping[str, bytes] = field(repr=False)
    registries: Mapping[str, Registry]
    intake: Intake

    @property
    def realms(self) -> tuple[str, ...]:
        """The realms in which this agency acts."""
        return tuple(self.registries)

    def case_token(self, realm: str, desk: str, reference: str) -> str:
        """The token of a local reference: keyed, so that no table is needed and none can leak."""
        key = derive(self.secret, "case-token", realm)
        return b64u(mac(key, desk_urn(realm, desk), reference))

    def idempotency(self, realm: str, desk: str, what: str, value: bytes) -> str:
        """The HMAC of an idempotency key or body, as it stands in a Kafka header."""
        key = derive(self.secret, "idempotency", realm)
        return b64u(mac(key, desk_urn(realm, desk), what, value))

    def in_force(self, realm: str, at: int) -> tuple[Convention, Directory]:
        """The convention and directory that intake reads by.

        Raises:
            ProblemError: 503 `nothing_adopted` or `directory_expired`.
        """
        registry = self.registries[realm]
        try:
            convd, dird = registry.in_force(at)
        except LogError as error:
            raise ProblemError(503, error.code, headers=RETRY_LATER) from None
        directory = registry.directories[dird]
        if directory.expires <= at:
            raise ProblemError(503, "directory_expired", "an expired directory", "a newer one")
        return registry.conventions[convd], directory

    def book(self, at: int) -> Book:
        """What intake may know of the directories in force."""
        return Book({realm: self.in_force(realm, at)[1] for realm in self.realms})

    def prepare(
        self, record: dict[str, Any], desk: str, known: Known, at: int, convd: str = ""
    ) -> Prepared:
        """Judge an agency's own record.

        Args:
            record: in the agency's own vocabulary.
            desk: short id of the issuer.
            known: where a quoted case token was seen before.
            at: instant, seconds.
            convd: digest of the convention to judge by, if not the one in force: for answering a
                repeated request as the first.

        Raises:
            IntakeError: the record cannot become an event.
            ProblemError: 422 `case_unknown`, `nothing_to_publish`; 503.
        """
        book = self.book(at)
        drafts = self.intake(record, Issuer(desk, book.role(desk)), book)
        return self.judge(drafts, desk, known, at, convd)

    def judge(
        self, drafts: Iterable[Draft], desk: str, known: Known, at: int, convd: str = ""
    ) -> Prepared:
        """Judge drafts; the second half of `prepare`, and the whole of acknowledgements."""
        judged = _Judged(desk)
        for draft in drafts:
            if draft.realm not in self.registries:
                raise ProblemError(422, "wrong_realm", "another realm", " or ".join(self.realms))
            convention, directory = self.in_force(draft.realm, at)
            other = self.registries[draft.realm].conventions.get(convd)
            judged.take(draft, self._case(draft, known), other or convention, directory)
        if not judged.events:
            raise judged.nothing()
        return judged.prepared()

    def _case(self, draft: Draft, known: Known) -> str:
        """The case token: quoted if it is this realm's, else made of the reference.

        A token of the other realm counts as a reference: nothing refers across realms.
        """
        if draft.case is None:
            return self.case_token(draft.realm, draft.issuer, draft.reference)
        realms = known(draft.case)
        if draft.realm in realms:
            return draft.case
        if not realms:
            raise ProblemError(422, "case_unknown", "another token", "`case` of an earlier arrival")
        return self.case_token(draft.realm, draft.issuer, draft.case)


class _Judged:
    """Collects what several drafts of one record come to."""

    def __init__(self, desk: str) -> None:
        self.desk = desk
        self.events: list[Outgoing] = []
        self.lines: list[Line] = []
        self.left_out: list[LeftField] = []

    def take(self, draft: Draft, case: str, convention: Convention, directory: Directory) -> None:
        """Judge one draft: at most one event with content and one attempt."""
        self.left_out += [LeftField(name, (why,)) for name, why in draft.unpublished.items()]
        if draft.etype in SYSTEM_EVENTS:
            self._system(draft, case, convention, directory)
            return
        foreseen = foresee(convention, directory, draft)
        pairs = list(zip(draft.to, foreseen, strict=True))
        sent = [(one, seen) for one, seen in pairs if seen.verdict != "withhold"]
        tried = [(one, seen) for one, seen in pairs if _is_attempt(seen)]
        here = len(self.events)
        if sent:
            self.events.append(_content(draft, case, convention, directory, sent))
        if tried:
            self.events.append(_attempt(draft, case, convention, directory, tried))
        for one, seen in pairs:
            attempt = _is_attempt(seen)
            place = here if (one, seen) in sent else here + bool(sent) if attempt else None
            self._line(one, seen, place, attempt)

    def _system(
        self, draft: Draft, case: str, convention: Convention, directory: Directory
    ) -> None:
        """ACK, WITHDRAW, LINK, UNLINK: no content, and only the router knows."""
        place = len(self.events)
        event = Outgoing(draft, case, convention.digest, directory.digest, {}, {})
        self.events.append(event)
        self.lines += [Line(place, one.desk, one.purpose, "", "depends") for one in draft.to]

    def _line(self, one: DraftAddressee, seen: Foreseen, place: int | None, attempt: bool) -> None:
        published = place is not None and not attempt
        why = dict(seen.withheld)
        if not published:
            why |= dict.fromkeys(seen.scopes, seen.reasons)
        self.lines.append(
            Line(
                place, one.desk, one.purpose, seen.grant,
                "attempt" if attempt else seen.verdict,
                seen.scopes if published else (), why, seen.reasons, seen.doors,
            )
        )  # fmt: skip
        for scope in sorted(why):
            for name in one.portions[scope].fields:
                self.left_out.append(LeftField(name, tuple(why[scope]), one.desk, scope))

    def nothing(self) -> ProblemError:
        """Nothing remains to be published: the reasons and the right doors."""
        answer = self.prepared().answer(())
        more = {"to": answer["to"], "left_out": answer["left_out"]}
        return ProblemError(
            422, "nothing_to_publish", "a record of which nothing may be sent",
            "a condition met, or another door", more=more,
        )  # fmt: skip

    def prepared(self) -> Prepared:
        """The value of all of it."""
        return Prepared(self.desk, tuple(self.events), tuple(self.lines), tuple(self.left_out))


_Pairs = Sequence[tuple[DraftAddressee, Foreseen]]


def _is_attempt(seen: Foreseen) -> bool:
    """No clause, for any purpose, lets this issuer's act address this desk, which exists."""
    return not seen.known and reasons.UNKNOWN_DESK not in seen.reasons


def _content(
    draft: Draft, case: str, convention: Convention, directory: Directory, sent: _Pairs
) -> Outgoing:
    """The event that carries what the convention lets through, or may let through."""
    to = tuple(
        replace(one, portions={scope: one.portions[scope] for scope in seen.scopes})
        for one, seen in sent
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

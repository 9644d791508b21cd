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
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from contracts.convention.agreed import inboxes
from contracts.convention.model import Convention
from contracts.decision.desk_ends import NO_ENDS, DeskEnds
from contracts.decision.draft import AddressBook, Draft, Issuer
from contracts.decision.state.shelves import LostRowError
from contracts.encoding import b64u, case_token, derive, mac, realm_key
from contracts.envelope.model import Slip
from contracts.errors import LogError
from contracts.keys.directory import Directory
from contracts.keys.keyring import KeyRing, Signers
from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics
from contracts.vocabulary.schema import desk_urn, short
from contracts.vocabulary.scopes import LOOKUP
from services.agency.office.sending.answer import Prepared
from services.agency.office.sending.left_out import judge_draft, nothing_to_publish
from services.platform.http.problems import ProblemError, kafka_unreachable

Inboxes = dict[str, tuple[str, frozenset[str]]]  # topic -> realm, short ids of its desks
Intake = Callable[[Mapping[str, Any], Issuer, AddressBook], Sequence[Draft]]
# slip, bodies by scope, and the duties that the receipt tells (`ACK:received`) → in its own words
Describe = Callable[[Slip, Mapping[str, Mapping[str, Any]], Sequence[str]], dict[str, Any]]
Known = Callable[[str], frozenset[str]]  # case token -> realms in which it was seen here


def day(at: int) -> str:
    """The day in Paris, in winter an hour early: nobody is told that a day is still to come."""
    return datetime.fromtimestamp(at + 7200, UTC).date().isoformat()


RETRY_LATER: Final = {"Retry-After": "5"}  # seconds; an adoption is read within that


@dataclass(frozen=True, slots=True)
class Book:
    """The directories as an intake may read them: short ids and roles, no keys.

    Attributes:
        ends: realm -> which desks end there.
    """

    directories: Mapping[str, Directory]
    ends: Mapping[str, DeskEnds] = field(default_factory=dict)

    def role_of(self, realm: str, desk: str) -> str | None:
        """The role of a desk; None if the directory does not have it."""
        directory = self.directories.get(realm)
        entry = directory.desk(desk_urn(realm, desk)) if directory is not None else None
        return entry.role if entry is not None else None

    def desks(self, realm: str, role: str) -> tuple[str, ...]:
        """The desks of a role that go on, sorted."""
        directory = self.directories.get(realm)
        urns = directory.by_role.get(role, ()) if directory is not None else ()
        end_of = self.ends.get(realm, NO_ENDS).end_of
        return tuple(short(urn) for urn in urns if end_of(urn) is None)

    def role(self, desk: str) -> str:
        """The role of one of our own desks."""
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
        signers: desk urn -> its signing keys.
        rings: desk urn -> its private decryption keys.
        secret: the agency's own; case tokens and idempotency keys derive from it.
        routing: realm -> routing secret, shared by all agencies and the realm's router.
        registries: realm -> what control has said: conventions and directories.
        intake: record, issuer and address book to drafts; pure.
        describe: a verified delivery in the agency's own words, beside the bus's; pure.
        run: names one run of a sandbox, whose inboxes begin anew while its keys stay; else empty.
    """

    name: str
    desks: tuple[str, ...]
    signers: Mapping[str, Signers]
    rings: Mapping[str, KeyRing] = field(repr=False)
    secret: bytes = field(repr=False)
    routing: Mapping[str, bytes] = field(repr=False)
    registries: Mapping[str, Registry]
    intake: Intake
    describe: Describe
    run: str = ""

    @property
    def place_secret(self) -> bytes:
        """What cursors and ids of webhooks are keyed with: they name places in an inbox."""
        return derive(self.secret, "run", self.run) if self.run else self.secret

    @property
    def realms(self) -> tuple[str, ...]:
        """The realms in which this agency acts."""
        return tuple(self.registries)

    def case_token(self, realm: str, desk: str, reference: str) -> str:
        """The token of a local reference: keyed, so that no table is needed and none can leak."""
        return case_token(self.secret, realm, desk_urn(realm, desk), reference)

    def idempotency(self, realm: str, desk: str, what: str, value: bytes) -> str:
        """The HMAC of an idempotency key or body, as it stands in a Kafka header."""
        key = realm_key(self.secret, "idempotency", realm)
        return b64u(mac(key, desk_urn(realm, desk), what, value))

    def blanking(self, realm: str) -> bytes:
        """The key by which the agency knows what it has overwritten itself."""
        return realm_key(self.secret, "blank", realm)

    def in_force(self, realm: str, at: int) -> tuple[Convention, Directory]:
        """The convention and directory in force, expired or not: what came can still be read."""
        registry = self.registries[realm]
        try:
            convd, dird = registry.in_force(at)
            return registry.conventions[convd], registry.directories[dird]
        except LogError as error:
            raise ProblemError(503, error.code, headers=RETRY_LATER) from None
        except LostRowError as error:  # an old directory is read again from control
            raise kafka_unreachable() from error

    def may_act_for(self, desk: str, other: str, at: int) -> bool:
        """Whether a desk follows another of the agency that ends, on each bus of that one."""
        realms = [realm for realm in self.realms if desk_urn(realm, other) in self.signers]
        return bool(realms) and all(
            self.registries[realm]
            .desk_ends(at)
            .follows(desk_urn(realm, desk), desk_urn(realm, other))
            for realm in realms
        )

    def followed(self, desk: str, at: int) -> list[str]:
        """The desks of the agency that a desk may act for beside itself, sorted."""
        ends = [(realm, self.registries[realm].desk_ends(at)) for realm in self.realms]
        ending = [
            other
            for other in sorted(self.desks)
            if any(of.end_of(desk_urn(realm, other)) for realm, of in ends)
        ]
        return [other for other in ending if self.may_act_for(desk, other, at)]

    def inboxes(self, at: int) -> Inboxes:
        """The agency's inboxes by what is in force, each with the desks that are told there."""
        found: Inboxes = {}
        for realm in self.realms:
            reached = inboxes(*self.in_force(realm, at))
            desks = {one for one in self.desks if reached.get(desk_urn(realm, one)) == self.name}
            if desks:
                found[topics.inbox(realm, self.name)] = realm, frozenset(desks)
        return found

    def eras(self, at: int) -> tuple[object, ...]:
        """What is in force, to be compared: while it stays, nothing above changes."""
        adopted = (part.digest for realm in self.realms for part in self.in_force(realm, at))
        return tuple(adopted)

    def book(self, at: int) -> Book:
        """What intake may know of the directories in force."""
        return Book(
            {realm: self.in_force(realm, at)[1] for realm in self.realms},
            {realm: self.registries[realm].desk_ends(at) for realm in self.realms},
        )

    def prepare(
        self, record: dict[str, Any], desk: str, known: Known, at: int, convd: str = ""
    ) -> Prepared:
        """Judge an agency's own record.

        Args:
            known: where a quoted case token was seen before.
            convd: digest of the convention to judge by, if not the one in force: for answering a
                repeated request as the first.
        """
        book = self.book(at)
        drafts = self.intake(record, Issuer(desk, book.role(desk), day(at)), book)
        return self.judge(drafts, desk, known, at, convd)

    def judge(
        self, drafts: Iterable[Draft], desk: str, known: Known, at: int, convd: str = ""
    ) -> Prepared:
        """Judge drafts; the second half of `prepare`, and the whole of acknowledgements."""
        prepared = Prepared(desk)
        for draft in drafts:
            acts = [one for one in self.realms if desk_urn(one, draft.issuer) in self.signers]
            if draft.realm not in acts:
                raise ProblemError(422, "wrong_realm", "another realm", " or ".join(acts))
            convention, directory = self.in_force(draft.realm, at)
            if directory.expires <= at:  # issuers do not seal under an expired one
                raise ProblemError(503, "directory_expired", "an expired directory", "a newer one")
            convention = self.registries[draft.realm].conventions.get(convd, convention)
            if draft.etype == LOOKUP and not convention.reference:
                raise ProblemError(422, "no_look_ups", "no table `access`", "one that has it")
            ends = self.registries[draft.realm].desk_ends(at)
            case = self._case(draft, known)
            judge_draft(prepared, draft, case, convention, directory, ends)
        if not prepared.events:
            raise nothing_to_publish(prepared)
        return prepared

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

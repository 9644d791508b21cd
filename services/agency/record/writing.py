"""One record being drafted by one desk: its events, made as its marks say.

A record whose kind needs thought has a `drafts` of its own, which makes its events here too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.decision.draft import AddressBook, Draft, DraftAddressee, Issuer, Portion, the_desk
from contracts.errors import IntakeError
from contracts.vocabulary.schema import Linked, Ref, desk_urn
from contracts.vocabulary.scopes import CIVIL
from services.agency.record import mapping
from services.agency.record.form import EventReference, Form, declared
from services.agency.record.marks import Becomes

INTERNAL: Final = "internal"  # reason code of what is never sent: the agency's own business


@dataclass(frozen=True, slots=True)
class Writing:
    """One record being drafted by one desk."""

    record: Form
    issuer: Issuer
    book: AddressBook

    def event(
        self,
        becomes: Becomes,
        *,
        portions: Mapping[str, Portion] | None = None,
        meant: Mapping[str, frozenset[str]] | None = None,
    ) -> Draft:
        """The event that the record becomes, as its marks say.

        Args:
            portions: content beside what the marks make.
            meant: role -> scopes that its portion of the form is for; others get all.

        Raises:
            IntakeError: all faults of bodies, birth dates and desks (`desks`).
        """
        reading = mapping.read(self.record, becomes)
        usual = tuple(becomes.to) if becomes.usual is None else becomes.usual
        content, desks = mapping.both(
            lambda: self._born(reading.portions() | dict(portions or {})),
            lambda: self.desks(*usual, realm=becomes.realm, named=reading.named),
        )
        facts = {**becomes.facts, **reading.facts} | ({"phase": "end"} if self.record.ended else {})
        return Draft(
            issuer=self.issuer.desk,
            realm=becomes.realm,
            etype=becomes.etype,
            to=tuple(self._to(desk, becomes, content, meant or {}) for desk in desks),
            reference=self.record.reference or "",
            case=self.record.case,
            declared=declared(reading.says) if any(becomes.to.values()) else None,
            ends=_refs(self.record.ended, becomes.realm),
            facts={name: value for name, value in facts.items() if value},
            unpublished=dict.fromkeys(reading.own, INTERNAL),
            declares=reading.declares,
            answered=frozenset(
                path for name, path in reading.declares.items() if reading.says[name] is not None
            ),
        )

    def _born(self, content: dict[str, Portion]) -> dict[str, Portion]:
        """The content, if nobody in it is born after the day on which it is filed.

        Raises:
            IntakeError: `date_in_future`.
        """
        for portion in content.values():
            born = portion.body.__dict__.get("birth_date")
            if born is not None and self.issuer.day and born > self.issuer.day:
                named = (name for name in portion.fields if name.endswith("birth_date"))
                place = next(named, f"{portion.fields[0]}.birth_date")
                expected = "a day that has come"
                raise IntakeError("date_in_future", "a day to come", expected, place)
        return content

    def desks(
        self, *usual: str, realm: str = CIVIL, named: Mapping[str, str | None] | None = None
    ) -> tuple[str, ...]:
        """The desks that the record names in `to`, else the one desk of each usual role.

        Args:
            usual: roles.
            named: role -> the desk that a field of the record names.

        Raises:
            IntakeError: `desk_unknown`, `desk_ambiguous`, `desk_of_other_role`, `own_desk`,
                `no_addressee`.
        """
        for at, desk in enumerate(self.record.to):
            self.role(desk, realm, f"to[{at}]")
        if self.record.to:
            return self.record.to
        if not usual:
            raise IntakeError("no_addressee", "nobody", "a desk in to", "to")
        return tuple(the_desk(self.book, realm, role, (named or {}).get(role)) for role in usual)

    def role(self, desk: str, realm: str = CIVIL, place: str = "to") -> str:
        """The role of a desk.

        Raises:
            IntakeError: `desk_unknown`, `own_desk`.
        """
        role = self.book.role_of(realm, desk)
        if role is None:
            raise IntakeError("desk_unknown", "another desk", "a desk of the directory", place)
        if desk == self.issuer.desk:
            raise IntakeError("own_desk", "the issuer's own desk", "another desk", place)
        return role

    def _to(
        self,
        desk: str,
        becomes: Becomes,
        content: Mapping[str, Portion],
        meant: Mapping[str, frozenset[str]],
    ) -> DraftAddressee:
        role = self.role(desk, becomes.realm)
        scopes = meant.get(role, content.keys())
        portions = {scope: portion for scope, portion in content.items() if scope in scopes}
        answers = (answer for answer in self.record.answers if answer.to in (None, desk))
        return DraftAddressee(desk, becomes.to.get(role), portions, _refs(answers, becomes.realm))


def _refs(answers: Iterable[EventReference], realm: str) -> tuple[Ref, ...]:
    """References within a realm; those of the other realm are not carried."""
    return tuple(
        Ref(iss=desk_urn(realm, answer.issuer), jti=answer.event)
        for answer in answers
        if answer.realm == realm
    )


def linking(writing: Writing, etype: str, peers: tuple[str, str], date: str) -> list[Draft]:
    """LINK or UNLINK: one draft to each of two cases, in one transaction of the intake."""
    own, other = peers
    return [
        Draft(
            issuer=writing.issuer.desk,
            realm=CIVIL,
            etype=etype,
            to=(),
            reference="",
            case=case,
            linked=Linked(peer=peer, date=date),
        )
        for case, peer in ((own, other), (other, own))
    ]

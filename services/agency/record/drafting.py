"""From a record's fields to drafts: which field becomes which scope, for which addressee.

An intake fills a `Content` scope by scope, naming the record's fields, and lets `Writing` address
it. It maps also what no clause may release: the convention decides, not the intake, and the
answer lists what was left out. Fields that are the agency's own business are `internal`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from contracts.decision.draft import AddressBook, Draft, DraftAddressee, Issuer, Portion, the_desk
from contracts.envelope.model import Declared, Linked, Ref, desk_urn
from contracts.errors import IntakeError
from contracts.vocabulary.categories import Body
from contracts.vocabulary.events import body_of
from contracts.vocabulary.schema_faults import first
from contracts.vocabulary.scopes import CIVIL, WITHDRAWAL
from services.agency.record.record import Answer, Record, read_record

INTERNAL: Final = "internal"  # reason code of what is never sent: the agency's own business
_EMPTY: Final[tuple[Any, ...]] = (None, ())
_B = TypeVar("_B", bound=Body)


def made(model: type[_B], where: str | Mapping[str, str], /, **values: Any) -> _B | None:
    """A body of those values that are there; None if none are.

    Args:
        where: the record's place that an error names; or one for each body field.

    Raises:
        IntakeError: code, place and expectation of the first fault.
    """
    given = {name: value for name, value in values.items() if value not in _EMPTY}
    if not given:
        return None
    try:
        return model.model_validate(given)
    except ValidationError as error:
        found = first(error, model)
        place = where if isinstance(where, str) else _place(where, found.place)
        raise IntakeError(found.code, found.got, found.expected, place) from None


def _place(where: Mapping[str, str], at: str) -> str:
    """The record's field for a place in a body."""
    return where.get(at.split(".")[0].split("[")[0], next(iter(where.values())))


def several(items: Iterable[_B | None]) -> tuple[_B, ...]:
    """Those that were made."""
    return tuple(item for item in items if item is not None)


def value_at(record: Record, path: str) -> Any:
    """The value of `pupil.first_name`; None if any step is absent."""
    value: Any = record
    for step in path.split("."):
        value = None if value is None else getattr(value, step)
    return value


@dataclass(slots=True)
class Content:
    """What one record says, scope by scope.

    Attributes:
        etype: event type, which chooses the body of each scope.
        portions: scope -> body and the record's fields that it was made of.
    """

    record: Record
    etype: str
    portions: dict[str, Portion] = field(default_factory=dict)

    def take(self, scope: str, /, **paths: str) -> None:
        """Fill a scope: each body field from the record field at a path; nothing if none is there.

        Raises:
            IntakeError: the body's first fault.
        """
        values = {name: value_at(self.record, path) for name, path in paths.items()}
        self._fill(scope, tuple(paths.values()), paths, values)

    def put(self, scope: str, fields: tuple[str, ...], /, **values: Any) -> None:
        """Fill a scope with values that were computed from `fields` of the record.

        Nothing is filled if none of the fields is there, whatever constants stand in `values`.

        Raises:
            IntakeError: the body's first fault.
        """
        self._fill(scope, fields, fields[0] if fields else "", values)

    def _fill(
        self,
        scope: str,
        fields: tuple[str, ...],
        where: str | Mapping[str, str],
        values: Mapping[str, Any],
    ) -> None:
        there = tuple(path for path in fields if value_at(self.record, path) not in _EMPTY)
        if not there:
            return
        body = made(body_of(self.etype, scope), where, **values)
        if body is not None:
            self.portions[scope] = Portion(body, there)


@dataclass(frozen=True, slots=True)
class Writing:
    """One record being drafted by one desk."""

    record: Record
    issuer: Issuer
    book: AddressBook

    def draft(
        self,
        content: Content,
        purposes: Mapping[str, str],
        desks: Iterable[str],
        *,
        realm: str = CIVIL,
        meant: Mapping[str, frozenset[str]] | None = None,
        declared: Declared | None = None,
        ends: tuple[Answer, ...] = (),
        facts: Mapping[str, Any] | None = None,
        internal: tuple[str, ...] = (),
    ) -> Draft:
        """One event to `desks`.

        Args:
            purposes: role of the addressee -> purpose; a desk of another role gets none, and so
                becomes an attempt.
            meant: role -> scopes that its portion of the form is for; others get all.
            ends: the events that this ends; implies `phase: end`.
            facts: clear facts; those absent or false are dropped.
            internal: record fields that never leave.
        """
        clear = {name: value for name, value in (facts or {}).items() if value}
        if ends:
            clear["phase"] = "end"
        return Draft(
            issuer=self.issuer.desk,
            realm=realm,
            etype=content.etype,
            to=tuple(self._to(desk, realm, content, purposes, meant or {}) for desk in desks),
            reference=self.record.reference or "",
            case=self.record.case,
            declared=declared,
            ends=_refs(ends, realm),
            facts=clear,
            unpublished={
                path: INTERNAL for path in internal if value_at(self.record, path) not in _EMPTY
            },
        )

    def desks(self, *usual: str, realm: str = CIVIL, **named: str | None) -> tuple[str, ...]:
        """The desks that the record names in `to`, else the one desk of each usual role.

        Args:
            usual: roles.
            named: role (`_` for `-`) -> the desk that a field of the record names.

        Raises:
            IntakeError: `desk_unknown`, `desk_ambiguous`, `desk_of_other_role`, `own_desk`,
                `no_addressee`.
        """
        if not self.record.to:
            return self.usual(*usual, realm=realm, **named)
        for at, desk in enumerate(self.record.to):
            self.role(desk, realm, f"to[{at}]")
        return self.record.to

    def usual(self, *roles: str, realm: str = CIVIL, **named: str | None) -> tuple[str, ...]:
        """The one desk of each role, whatever `to` names.

        Raises:
            IntakeError: as `desks`.
        """
        if not roles:
            raise IntakeError("no_addressee", "nobody", "a desk in to", "to")
        return tuple(
            the_desk(self.book, realm, role, named.get(role.replace("-", "_"))) for role in roles
        )

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
        realm: str,
        content: Content,
        purposes: Mapping[str, str],
        meant: Mapping[str, frozenset[str]],
    ) -> DraftAddressee:
        role = self.role(desk, realm)
        scopes = meant.get(role)
        portions = {
            scope: portion
            for scope, portion in content.portions.items()
            if scopes is None or scope in scopes
        }
        answers = tuple(one for one in self.record.answers if one.to in (None, desk))
        return DraftAddressee(desk, purposes.get(role), portions, _refs(answers, realm))


def _refs(answers: Iterable[Answer], realm: str) -> tuple[Ref, ...]:
    """References within a realm; those of the other realm are not carried."""
    return tuple(
        Ref(iss=desk_urn(realm, one.issuer), jti=one.event) for one in answers if one.realm == realm
    )


Drafter = Callable[[Any, Writing], list[Draft]]  # a record of one kind -> its drafts


def run(
    known: Mapping[str, type[Record]],
    drafters: Mapping[str, Drafter],
    record: Mapping[str, Any],
    issuer: Issuer,
    book: AddressBook,
) -> list[Draft]:
    """Read a record and draft it by its kind; every agency's `intake` is this with its own tables.

    Raises:
        IntakeError: those of `read_record` and of the kind's own drafting; `answer_not_used` if an
            answer names a realm or an addressee that no draft has; `desk_unknown`.
    """
    read = read_record(known, record, issuer)
    _check_issuers(read, book)
    drafts = drafters.get(read.kind, _withdraw)(read, Writing(read, issuer, book))
    for at, answer in enumerate(read.answers):
        if not any(_uses(draft, answer) for draft in drafts):
            expected = "realm and addressee of an event of this record"
            raise IntakeError("answer_not_used", "another one", expected, f"answers[{at}]")
    return drafts


def _check_issuers(record: Record, book: AddressBook) -> None:
    """Whoever is answered is a desk: its name goes into the cover, which is not sealed."""
    for name in ("answers", "ends"):
        named: Iterable[Answer] = getattr(record, name, ())
        for at, one in enumerate(named):
            if book.role_of(one.realm, one.issuer) is None:
                place = f"{name}[{at}].issuer"
                raise IntakeError("desk_unknown", "another desk", "a desk of the directory", place)


def _uses(draft: Draft, answer: Answer) -> bool:
    desks = {addressee.desk for addressee in draft.to}
    return answer.realm == draft.realm and (answer.to is None or answer.to in desks)


def _withdraw(record: Record, writing: Writing) -> list[Draft]:
    """WITHDRAW, to the desks that the record names; in the realm of what is withdrawn."""
    realm = record.answers[0].realm
    desks = writing.desks(realm=realm)
    purposes = {writing.role(desk, realm): WITHDRAWAL for desk in desks}
    return [writing.draft(Content(record, "WITHDRAW"), purposes, desks, realm=realm)]


def linking(writing: Writing, etype: str, peers: tuple[str, str], date: str) -> list[Draft]:
    """LINK or UNLINK: one draft to each of two cases, in one transaction of the intake."""
    one, other = peers
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
        for case, peer in ((one, other), (other, one))
    ]

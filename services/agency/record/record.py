"""An agency's own record, as its partner system posts it: base model, reading, errors.

Each agency has its kinds in `services.<agency>.records`, in its own words. What all share is
here: which case, what it answers, whom it names, and the conditions that a professional declares.
Reading is strict and closed; an error says the field and what is expected, never a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final, Literal, Self, get_args

import orjson
from pydantic import Field, ValidationError, model_validator

from contracts.decision.draft import AddressBook, Draft, DraftAddressee, Issuer, Portion, the_desk
from contracts.errors import IntakeError
from contracts.vocabulary.fields import Line
from contracts.vocabulary.schema import Closed, Linked, Ref, Token, desk_urn
from contracts.vocabulary.schema_faults import every, fault
from contracts.vocabulary.scopes import CIVIL, WITHDRAWAL
from services.agency.record import mapping
from services.agency.record.form import Answers, DeskId, EventReference, declared
from services.agency.record.marks import Becomes

INTERNAL: Final = "internal"  # reason code of what is never sent: the agency's own business


@dataclass(frozen=True, slots=True)
class Writing:
    """One record being drafted by one desk."""

    record: Record
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
        """
        reading = mapping.read(self.record, becomes)
        usual = tuple(becomes.to) if becomes.usual is None else becomes.usual
        steps: dict[str, Callable[[], Any]] = {
            "content": lambda: reading.portions(self.issuer.day) | dict(portions or {}),
            "desks": lambda: self.desks(*usual, realm=becomes.realm, named=reading.named),
        }
        content, desks = mapping.each(steps).values()
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

    def desks(
        self, *usual: str, realm: str = CIVIL, named: Mapping[str, str | None] | None = None
    ) -> tuple[str, ...]:
        """The desks that the record names in `to`, else the one desk of each usual role.

        Args:
            named: role -> the desk that a field of the record names.
        """
        for at, desk in enumerate(self.record.to):
            self.role(desk, realm, f"to[{at}]")
        if self.record.to:
            return self.record.to
        if not usual:
            raise IntakeError("no_addressee", "nobody", "a desk in to", "to")
        return tuple(the_desk(self.book, realm, role, (named or {}).get(role)) for role in usual)

    def role(self, desk: str, realm: str = CIVIL, place: str = "to") -> str:
        """The role of a desk."""
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


class Record(Closed):
    """Base of all records: a form of which each field says beside itself what it becomes.

    Attributes:
        roles: the roles whose desks file this kind.
        becomes: the event that it becomes.
        otherwise: other events that it becomes, by what it says or who files it (`drafts`).
        reference: the agency's own case reference, hashed into the case token; for itself alone.
        case: a case token quoted from an arrival, of either realm; wins over `reference`.
        answers: what this answers or copies.
        to: the desks that it is for; absent: the usual ones of its kind.
    """

    roles: ClassVar[tuple[str, ...]] = ()
    becomes: ClassVar[Becomes]
    otherwise: ClassVar[tuple[Becomes, ...]] = ()

    kind: str
    reference: Line | None = None
    case: Token | None = None
    answers: Annotated[tuple[EventReference, ...], Field(max_length=16)] = ()
    to: Annotated[tuple[DeskId, ...], Field(max_length=16)] = ()

    @model_validator(mode="after")
    def _of_a_case(self) -> Self:
        if self.reference is None and self.case is None:
            raise fault("no_case", "reference or case")
        if len(set(self.to)) != len(self.to):
            raise fault("desk_repeated", "each desk once in to")
        return self

    @classmethod
    def events_of_kind(cls) -> tuple[Becomes, ...]:
        """The events that it may become, the usual one first; none if the record names one."""
        usual: Becomes | None = getattr(cls, "becomes", None)
        return (usual, *cls.otherwise) if usual else cls.otherwise

    @property
    def ended(self) -> tuple[EventReference, ...]:
        """The events that this ends; none unless the kind has the field `ends`."""
        references: tuple[EventReference, ...] = vars(self).get(
            "ends", ()
        )  # getattr would raise within
        return references

    def drafts(self, writing: Writing) -> list[Draft]:
        """Its events: the one that it becomes, where its kind needs no more thought."""
        return [writing.event(self.becomes)]


class WithdrawalRecord(Record):
    """Takes back an event of one's own from the desks that `to` names."""

    kind: Literal["withdrawal"]
    answers: Answers
    to: Annotated[tuple[DeskId, ...], Field(min_length=1, max_length=16)]

    def drafts(self, writing: Writing) -> list[Draft]:
        """WITHDRAW, to the desks that the record names; in the realm of what is withdrawn."""
        realm = self.answers[0].realm
        roles = [writing.role(desk, realm, f"to[{at}]") for at, desk in enumerate(self.to)]
        return [writing.event(Becomes("WITHDRAW", dict.fromkeys(roles, WITHDRAWAL), realm))]


def kinds(*models: type[Record]) -> dict[str, type[Record]]:
    """kind -> model, with the withdrawal that every agency has."""
    every: tuple[type[Record], ...] = (*models, WithdrawalRecord)
    return {kind_name(model): model for model in every}


def kind_name(model: type[Record]) -> str:
    """What a kind of record is called in `kind`."""
    name: str = get_args(model.model_fields["kind"].annotation)[0]
    return name


def read_record(
    known: Mapping[str, type[Record]], record: Mapping[str, Any], issuer: Issuer
) -> Record:
    """The record as a value of its kind.

    Texts are taken as people's systems write them (`plain`).
    """
    kind = record.get("kind")
    model = known.get(kind) if isinstance(kind, str) else None
    if model is None:
        raise IntakeError("kind_unknown", "another kind", " or ".join(sorted(known)), "kind")
    if model.roles and issuer.role not in model.roles:
        raise IntakeError("kind_not_for_desk", issuer.role, " or ".join(model.roles), "kind")
    try:
        return model.model_validate_json(orjson.dumps(plain(record)), context={"day": issuer.day})
    except TypeError:
        raise IntakeError("not_json", "another value", "JSON of text, integers, lists") from None
    except ValidationError as error:
        faults = [
            IntakeError(one.code, one.got, one.expected, one.place) for one in every(error, model)
        ]
        # Pydantic looks at the whole only where each field is in order.
        has_case = any(record.get(name) is not None for name in ("reference", "case"))
        if not has_case and all(one.code != "no_case" for one in faults):
            faults.append(IntakeError("no_case", "neither", "reference or case"))
        raise IntakeError.of(faults) from None


def plain(value: Any) -> Any:
    """The record with its texts' line ends as LF, each tab as a space, and no blank around.

    Windows writes CRLF, a spreadsheet tabs, a form blanks; none means anything to a reader.
    """
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").strip()
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value

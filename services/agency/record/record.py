"""An agency's own record, as its partner system posts it: base model, reading, errors.

Each agency has its kinds in `services.<agency>.records`, in its own words. What all share is
here: which case, what it answers, whom it names, and the conditions that a professional declares.
Reading is strict and closed; an error says the field and what is expected, never a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

import orjson
from pydantic import Field, ValidationError

from contracts.decision.draft import Draft, Issuer
from contracts.errors import IntakeError
from contracts.vocabulary.schema_faults import every
from contracts.vocabulary.scopes import WITHDRAWAL
from services.agency.record.form import Answers, DeskId, Form
from services.agency.record.marks import Becomes
from services.agency.record.writing import Writing


class Record(Form):
    """Base of all records."""

    def drafts(self, writing: Writing) -> list[Draft]:
        """Its events: the one that it becomes, where its kind needs no more thought.

        Raises:
            IntakeError: the record cannot become an event; says field and expectation, no value.
        """
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

    Line ends and tabs in texts are taken as people's systems write them (`plain`).

    Raises:
        IntakeError: `not_json`, `kind_unknown`, `kind_not_for_desk`, or code, field and expectation
            of the faults found, the deepest first.
    """
    kind = record.get("kind")
    model = known.get(kind) if isinstance(kind, str) else None
    if model is None:
        raise IntakeError("kind_unknown", "another kind", " or ".join(sorted(known)), "kind")
    if model.roles and issuer.role not in model.roles:
        raise IntakeError("kind_not_for_desk", issuer.role, " or ".join(model.roles), "kind")
    try:
        text = orjson.dumps(record)
        if b"\\r" in text or b"\\t" in text:  # what it writes for them, and perhaps more
            text = orjson.dumps(plain(record))
        return model.model_validate_json(text)
    except TypeError:
        raise IntakeError("not_json", "another value", "JSON of text, integers, lists") from None
    except ValidationError as error:
        faults = [
            IntakeError(one.code, one.got, one.expected, one.place) for one in every(error, model)
        ]
        if not any(one.code == "no_case" for one in faults) and _no_case(record):
            faults.append(IntakeError("no_case", "neither", "reference or case"))
        raise IntakeError.of(faults) from None


def _no_case(record: Mapping[str, Any]) -> bool:
    """Whether it has neither; pydantic looks at the whole only where each field is in order."""
    return record.get("reference") is None and record.get("case") is None


def plain(value: Any) -> Any:
    """The record with its texts' line ends as LF and each tab as a space.

    Windows writes CRLF, a spreadsheet tabs; neither means anything that a reader would miss.
    """
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value

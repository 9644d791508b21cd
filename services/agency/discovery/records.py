"""A kind of record as a partner's system may read it: its schema, an example, what each field becomes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from contracts.convention.agreed import acting_desks
from contracts.convention.model import Convention
from contracts.convention.rows import Row, rows_of
from contracts.decision.heirs import Heirs
from contracts.keys.directory import DeskEntry, Directory
from contracts.vocabulary.schema import desk_urn, short
from services.agency.discovery.responses import (
    AppliedConvention,
    BecomesEvent,
    FieldUse,
    OwedAct,
    PermittedAct,
    RecipientDesk,
    RecipientRole,
    Recipients,
    RecordForm,
    ScopeMember,
    label_of,
)
from services.agency.office.responses.common import told_heirs
from services.agency.office.sending.identity import Agency
from services.agency.record.mapping import FieldStep, steps_of
from services.agency.record.marks import Becomes, ClearFact, Names, Says
from services.agency.record.record import Record

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_REF: Final = "#/components/schemas/"
_NOTHING: Final = Becomes("", {})  # of a record that names its event itself
_HASHED: Final = "reference"  # made into the case token, and never sent

Schema = Mapping[str, Any]


def record_form(
    kind: str, model: type[Record], schemas: Mapping[str, Schema], example: dict[str, Any]
) -> RecordForm:
    """What is told of a kind of record.

    Args:
        schemas: those of `/openapi.json`.
        example: of its schema.
    """
    events = model.events_of_kind()
    return RecordForm(
        kind=kind,
        roles=model.roles,
        becomes=tuple(
            BecomesEvent(event=one.etype, realm=one.realm, to=tuple(one.to)) for one in events
        ),
        fields=_uses(model, events or (_NOTHING,)),
        schema_=alone(model.__name__, schemas),
        example=example,
    )


def _uses(model: type[Record], events: Iterable[Becomes]) -> tuple[FieldUse, ...]:
    """Of several events what a field becomes in any of them."""
    steps: dict[str, list[FieldStep]] = {}
    for becomes in events:
        for step in steps_of(model, becomes):
            steps.setdefault(step.path, []).append(step)
    return tuple(_use(path, of_one) for path, of_one in steps.items())


def _use(path: str, steps: list[FieldStep]) -> FieldUse:
    sealed = [target[:2] for step in steps if not step.own for target in step.to]
    told: dict[str, str] = {}
    for mark in steps[0].marks:
        match mark:
            case Says():
                told["declares"] = mark.condition
            case ClearFact():
                told["fact"] = mark.name
            case Names():
                told["names"] = mark.role
    return FieldUse(
        field=path,
        stays=path == _HASHED or all(step.own for step in steps),
        scopes=tuple(
            ScopeMember(scope=scope, member=member) for scope, member in dict.fromkeys(sealed)
        ),
        **told,
    )


def alone(name: str, schemas: Mapping[str, Schema]) -> dict[str, Any]:
    """A schema of a document with all that it refers to: a document of its own."""
    needed, waiting = dict[str, str](), [name]
    while waiting:
        if (current := waiting.pop()) not in needed:
            needed[current] = json.dumps(schemas[current])
            waiting += re.findall(rf'"{_REF}(\w+)"', needed[current])
    within = {one: json.loads(text.replace(_REF, "#/$defs/")) for one, text in needed.items()}
    whole = {"$schema": _DIALECT, **within.pop(name)}
    return whole | ({"$defs": dict(sorted(within.items()))} if within else {})


Kinds = Mapping[str, type[Record]]


def recipients(agency: Agency, kinds: Kinds, desk: str, at: int) -> Recipients:
    """Whom a desk may write to, for what, with which data, on which conditions, and what is then owed.

    Args:
        desk: short id.
        at: instant, seconds.
    """
    known = {realm: agency.in_force(realm, at) for realm in agency.realms}
    return Recipients(
        desk=desk,
        role=agency.book(at).role(desk),
        conventions=tuple(
            AppliedConvention(realm=realm, version=convention.version, digest=convention.digest)
            for realm, (convention, _) in known.items()
        ),
        items=tuple(
            item
            for convention, directory in known.values()
            for item in _roles(
                convention, directory, kinds, desk, agency.heirs(directory.realm, at)
            )
        ),
    )


def _roles(
    convention: Convention, directory: Directory, kinds: Kinds, desk: str, heirs: Heirs
) -> Iterable[RecipientRole]:
    urn = desk_urn(directory.realm, desk)
    if (own := directory.desk(urn)) is None:
        return
    rows: dict[str, list[Row]] = {}
    for row in rows_of(convention):
        if (
            row.issuer == own.role
            and row.grant.realm == directory.realm
            and not row.grant.publication
        ):
            rows.setdefault(row.recipient, []).append(row)
    desks = acting_desks(convention, directory)
    for role in (role for role in convention.roles if role in rows):
        named = [entry for entry in desks if entry.role == role and entry.desk != urn]
        yield RecipientRole(
            realm=directory.realm,
            role=role,
            agency=convention.roles[role].agency,
            label=label_of(convention.roles[role].label),
            desks=tuple(_desk(entry, heirs) for entry in named),
            acts=tuple(_act(row, kinds) for row in rows[role]),
        )


def _desk(entry: DeskEntry, heirs: Heirs) -> RecipientDesk:
    names, until = told_heirs(heirs, entry.desk)
    return RecipientDesk(
        desk=short(entry.desk), secrecy=entry.secrecy, reads=entry.reads, heirs=names, until=until
    )


def _act(row: Row, kinds: Kinds) -> PermittedAct:
    told = row.wire()
    names = ("event", "purpose", "scopes", "conditions", "keep")
    return PermittedAct(
        clause=row.grant.id,
        **{name: told[name] for name in names},
        label=label_of(row.grant.label),
        owes=tuple(OwedAct.model_validate(owed) for owed in told["owes"]),
        kinds=tuple(kind for kind, model in kinds.items() if _files(model, row)),
    )


def _files(model: type[Record], row: Row) -> bool:
    """Whether a kind of record may become this act; one that names its event itself becomes any."""
    if model.roles and row.issuer not in model.roles:
        return False
    act = row.grant.event, row.grant.realm
    events = model.events_of_kind()
    if not events:
        return "event" in model.model_fields
    return any((one.etype, one.realm) == act and row.recipient in one.to for one in events)

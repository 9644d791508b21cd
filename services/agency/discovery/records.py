"""What a partner's system may find out: recipients, codes, what a kind of record becomes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from contracts.convention.agreed import acting_desks
from contracts.convention.model import Convention
from contracts.convention.rows import Row, rows_of
from contracts.decision.desk_ends import DeskEnds
from contracts.encoding import b64u, canonical, rfc3339, sha256
from contracts.keys.directory import DeskEntry, Directory
from contracts.vocabulary import scopes
from contracts.vocabulary.conditions import CONDITIONS
from contracts.vocabulary.reasons import REASONS
from contracts.vocabulary.schema import desk_urn, short
from services.agency.discovery.responses import (
    AppliedConvention,
    BecomesEvent,
    BothLanguages,
    CodeList,
    CodeLists,
    FieldUse,
    LabelledCode,
    OwedAct,
    PermittedAct,
    RecipientDesk,
    RecipientRole,
    Recipients,
    RecordForm,
    ScopeMember,
    label_of,
)
from services.agency.office.sending.identity import Agency
from services.agency.record.mapping import FieldStep, steps_of
from services.agency.record.marks import Becomes, ClearFact, Names, Says
from services.agency.record.record import Record
from services.labels import body_labels, code_labels, record_labels
from services.labels.problem_texts import PROBLEM_TEXTS, ProblemText
from services.labels.reason_advice import REASON_ADVICE, ReasonAdvice
from services.texts import Text

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_REF: Final = "#/components/schemas/"
_NOTHING: Final = Becomes("", {})  # of a record that names its event itself
_HASHED: Final = "reference"  # made into the case token, and never sent

Schema = Mapping[str, Any]


def record_form(
    kind: str, model: type[Record], schemas: Mapping[str, Schema], example: dict[str, Any]
) -> RecordForm:
    """What is told of a kind of record."""
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
    """Whom a desk may write to, for what, with which data and conditions, and what is owed."""
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
                convention, directory, kinds, desk, agency.registries[directory.realm].desk_ends(at)
            )
        ),
    )


def _roles(
    convention: Convention, directory: Directory, kinds: Kinds, desk: str, ends: DeskEnds
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
            desks=tuple(_desk(entry, ends) for entry in named),
            acts=tuple(_act(row, kinds) for row in rows[role]),
        )


def _desk(entry: DeskEntry, ends: DeskEnds) -> RecipientDesk:
    end = ends.end_of(entry.desk)
    return RecipientDesk(
        desk=short(entry.desk),
        secrecy=entry.secrecy,
        reads=entry.reads,
        successor=short(end.successor) if end else None,
        until=rfc3339(end.until) if end else None,
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


_VALUES: Final = body_labels.VALUE_LABELS | record_labels.RECORD_VALUES
# Name of a list -> its codes and their words; those of roles, agencies and scopes are the
# convention's first.
_LISTS: Final[Mapping[str, tuple[Iterable[str], Mapping[str, Text]]]] = {
    "realms": (scopes.REALMS, code_labels.REALM_LABELS),
    "agencies": (scopes.AGENCIES, code_labels.AGENCY_NAMES),
    "roles": (scopes.ROLES, code_labels.ROLE_LABELS),
    "event_types": (
        (*scopes.EVENT_TYPES, *scopes.BUS_EVENTS, *scopes.ROUTER_EVENTS),
        code_labels.EVENTS,
    ),
    "purposes": (
        (*scopes.PURPOSES, scopes.ACKNOWLEDGE, scopes.WITHDRAWAL),
        code_labels.PURPOSE_TEXTS,
    ),
    "scopes": (scopes.SCOPES, code_labels.SCOPE_LABELS),
    "conditions": (CONDITIONS, code_labels.CONDITION_TEXTS),
    "reasons": (REASONS, code_labels.REASON_TEXTS),
    "problems": (PROBLEM_TEXTS, {code: text.meaning for code, text in PROBLEM_TEXTS.items()}),
    "stages": (scopes.ACK_STAGES, code_labels.STAGES),
    "outcomes": (scopes.JUDICIAL_OUTCOMES, body_labels.VALUE_LABELS),
    "acts": (code_labels.ACTS, code_labels.ACTS),
    "values": (_VALUES, _VALUES),
    "kinds": (record_labels.KIND_LABELS, record_labels.KIND_LABELS),
}
_ADVICE: Final[Mapping[str, Mapping[str, ProblemText | ReasonAdvice]]] = {
    "problems": PROBLEM_TEXTS,
    "reasons": REASON_ADVICE,
}


def code_lists(conventions: Iterable[Convention]) -> CodeLists:
    """All lists.

    Args:
        conventions: in force; what they call a role, an agency or a scope goes before our word for
            it.
    """
    own = _own(conventions)
    lists = tuple(
        CodeList(name=name, codes=_codes(codes, words, own.get(name, {}), _ADVICE.get(name, {})))
        for name, (codes, words) in _LISTS.items()
    )
    digest = sha256(canonical([one.wire() for one in lists]))
    return CodeLists(version=b64u(digest), items=lists)


def _own(conventions: Iterable[Convention]) -> dict[str, dict[str, dict[str, str]]]:
    """What conventions call roles, agencies, scopes and purposes; of two the first."""
    found: dict[str, dict[str, dict[str, str]]]
    found = {name: {} for name in ("roles", "agencies", "scopes", "purposes")}
    for convention in conventions:
        roles = {role: spec.label for role, spec in convention.roles.items()}
        found["roles"] = roles | convention.readers | found["roles"]
        found["agencies"] = convention.party_labels | found["agencies"]
        found["scopes"] = convention.scope_labels | found["scopes"]
        found["purposes"] = convention.purposes | found["purposes"]
    return found


def _codes(
    codes: Iterable[str],
    words: Mapping[str, Text],
    own: Mapping[str, Mapping[str, str]],
    advice: Mapping[str, ProblemText | ReasonAdvice],
) -> tuple[LabelledCode, ...]:
    said = {code: _said(words[code]) for code in codes if code in words}
    said |= {code: label_of(label) for code, label in own.items()}
    told: dict[str, dict[str, Any]]
    told = {code: {"at": one.at, "next": _said(one.next)} for code, one in advice.items()}
    return tuple(
        LabelledCode(code=code, fr=label.fr, en=label.en, **told.get(code, {}))
        for code, label in said.items()
    )


def _said(text: Text) -> BothLanguages:
    return BothLanguages(fr=text.say("fr"), en=text.say("en"))

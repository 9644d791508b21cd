"""Whom a desk may write to: the rows of the convention in force, with the desks of the directory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from contracts.convention.agreed import acting_desks
from contracts.convention.model import Convention
from contracts.convention.rows import Row, rows_of
from contracts.decision.heirs import Heirs
from contracts.keys.directory import DeskEntry, Directory
from contracts.vocabulary.schema import desk_urn, short
from services.agency.discovery.responses import (
    AppliedConvention,
    OwedAct,
    PermittedAct,
    RecipientDesk,
    RecipientRole,
    Recipients,
    label_of,
)
from services.agency.office.responses.common import told_heirs
from services.agency.office.sending.identity import Agency
from services.agency.record.record import Record

Kinds = Mapping[str, type[Record]]


def recipients(agency: Agency, kinds: Kinds, desk: str, at: int) -> Recipients:
    """Whom a desk may write to, for what, with which data, on which conditions, and what is then owed.

    Args:
        desk: short id.
        at: instant, seconds.

    Raises:
        ProblemError: 503 `nothing_adopted`.
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

"""The bus's own events in a file: what the router does with them is no choice of the parties.

The file shows them because its readers sign them. Data that say other than
`contracts.decision.events.bus_events` and `contracts.decision.duties` do would promise what nobody
keeps: they are refused.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from contracts.convention.access import AccessTable
from contracts.convention.clauses import SystemClause
from contracts.convention.file.duty_grammar import read_duty
from contracts.convention.file.node_reader import Reader
from contracts.convention.known_acts import CONFIRMATION, JUSTIFICATION, LINKERS
from contracts.errors import ConventionError
from contracts.vocabulary.scopes import (
    ACCESS_EVENTS,
    ACK_STAGES,
    ACKNOWLEDGE,
    JUSTIFIED,
    JUSTIFY,
    STANDING_EVENTS,
    STANDING_STAGES,
    SYSTEM_EVENTS,
    WITHDRAWAL,
)

_LINKS: Final = {"purpose": "", "issuers": LINKERS, "stages": (), "duties": ()}
# What the router does, field by field; whoever looks up and asks stands in the table `access`, and
# only with it is there an ASK that an ACK answers.
DONE: Final[dict[str, dict[str, Any]]] = {
    "ACK": {"purpose": ACKNOWLEDGE, "issuers": (), "stages": STANDING_STAGES, "duties": ()},
    "WITHDRAW": {"purpose": WITHDRAWAL, "issuers": (), "stages": (), "duties": (CONFIRMATION,)},
    "LINK": _LINKS,
    "UNLINK": _LINKS,
    "LOOKUP": {"purpose": "", "stages": (), "duties": ()},
    "ASK": {"purpose": JUSTIFY, "stages": (JUSTIFIED,), "duties": (JUSTIFICATION,)},
}


def read_system(
    reader: Reader, roles: Collection[str], access: AccessTable
) -> dict[str, SystemClause]:
    """The table `system`: every event of the bus, as the router treats it.

    Args:
        access: without reference services there is no LOOKUP and no ASK.

    Raises:
        ConventionError: `unknown_event`, `missing_field`, `system_differs`, and those of the
            reader.
    """
    events = SYSTEM_EVENTS if access.reference else STANDING_EVENTS
    more: dict[str, dict[str, Any]] = {
        event: {"issuers": access.reference} for event in ACCESS_EVENTS
    }
    if access.reference:
        more["ACK"] = {"stages": ACK_STAGES}
    clauses = {
        event: _clause(reader, event, events, roles, more.get(event, {}))
        for event in reader.names()
    }
    for event in events:
        if event not in clauses:
            raise ConventionError(
                "missing_field", "nothing", f"system.{event}", file=reader.name, line=reader.line
            )
    return clauses


def _clause(
    reader: Reader,
    event: str,
    events: Collection[str],
    roles: Collection[str],
    more: Mapping[str, Any],
) -> SystemClause:
    if event not in events:
        reader.refuse("unknown_event", event, "a system event", reader.line_of(event))
    row = reader.reader(event)
    clause = SystemClause(
        event=event,
        purpose=row.optional("purpose", row.word),
        issuers=row.words("issuers", roles, "unknown_role"),
        stages=row.words("stages", ACK_STAGES, "unknown_stage"),
        duties=tuple(read_duty(one, roles) for one in row.readers("duties")),
        label=row.texts("label"),
        sentence=row.texts("sentence", "missing_sentence"),
    )
    row.close()
    _as_done(row, clause, {**DONE[event], **more})
    return clause


def _as_done(row: Reader, clause: SystemClause, does: Mapping[str, Any]) -> None:
    """Refuse the first field that does not say what the router does; the order of lists is free."""
    for field, done in does.items():
        said = getattr(clause, field)
        if said != done and (
            field == "purpose" or sorted(map(repr, said)) != sorted(map(repr, done))
        ):
            where = f"{clause.event}.{field}"
            expected, line = "what the router does", row.line_of(field)
            row.refuse("system_differs", where, expected, line, clause.event, field)

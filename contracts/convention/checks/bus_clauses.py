"""The bus's own events in a file: what the router does with them is no choice of the parties.

The file shows them because its readers sign them. Data that say other than
`contracts.decision.bus_events` and `contracts.decision.duties` do would promise what nobody
keeps: they are refused.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from contracts.convention.clauses import SystemClause
from contracts.convention.file.duty_grammar import read_duty
from contracts.convention.file.node_reader import Reader
from contracts.convention.known_acts import CONFIRMATION, LINKERS
from contracts.errors import ConventionError
from contracts.vocabulary.scopes import (
    ACK_STAGES,
    ACKNOWLEDGE,
    LOOKUP,
    STANDING_EVENTS,
    SYSTEM_EVENTS,
    WITHDRAWAL,
)

_LINKS: Final = {"purpose": "", "issuers": LINKERS, "stages": (), "duties": ()}
# What the router does, field by field; the issuers of a LOOKUP are those that `access` names.
DONE: Final[dict[str, dict[str, Any]]] = {
    "ACK": {"purpose": ACKNOWLEDGE, "issuers": (), "stages": ACK_STAGES, "duties": ()},
    "WITHDRAW": {"purpose": WITHDRAWAL, "issuers": (), "stages": (), "duties": (CONFIRMATION,)},
    "LINK": _LINKS,
    "UNLINK": _LINKS,
    LOOKUP: {"purpose": "", "stages": (), "duties": ()},
}


def read_system(
    reader: Reader, roles: Collection[str], reference: tuple[str, ...]
) -> dict[str, SystemClause]:
    """The table `system`: every event of the bus, as the router treats it.

    Args:
        reference: roles that may look a case up; without them there is no LOOKUP.

    Raises:
        ConventionError: `unknown_event`, `missing_field`, `system_differs`, and those of the
            reader.
    """
    events = SYSTEM_EVENTS if reference else STANDING_EVENTS
    done = DONE | {LOOKUP: DONE[LOOKUP] | {"issuers": reference}}
    clauses = {event: _clause(reader, event, events, roles, done) for event in reader.names()}
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
    done: dict[str, dict[str, Any]],
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
    _as_done(row, clause, done[event])
    return clause


def _as_done(row: Reader, clause: SystemClause, does: dict[str, Any]) -> None:
    """Refuse the first field that does not say what the router does; the order of lists is free."""
    for field, done in does.items():
        said = getattr(clause, field)
        if said != done and (
            field == "purpose" or sorted(map(repr, said)) != sorted(map(repr, done))
        ):
            where = f"{clause.event}.{field}"
            expected, line = "what the router does", row.line_of(field)
            row.refuse("system_differs", where, expected, line, clause.event, field)

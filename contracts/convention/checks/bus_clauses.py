"""The bus's own events in a file: what the router does with them is no choice of the parties.

The file shows them because its readers sign them. Data that say other than
`contracts.decision.bus_events` and `contracts.decision.duties` do would promise what nobody
keeps: they are refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final

from contracts.convention.clauses import SystemClause
from contracts.convention.file.duty_grammar import read_duty
from contracts.convention.file.node_reader import Reader
from contracts.convention.known_acts import CONFIRMATION, LINKERS
from contracts.vocabulary.scopes import ACK_STAGES, ACKNOWLEDGE, LOOKUP, WITHDRAWAL

_FIELDS: Final = ("purpose", "issuers", "stages", "duties")
Done = tuple[Any, ...]  # the same, as the router treats an event
_DONE: Final[dict[str, Done]] = {
    "ACK": (ACKNOWLEDGE, (), ACK_STAGES, ()),
    "WITHDRAW": (WITHDRAWAL, (), (), (CONFIRMATION,)),
    "LINK": ("", LINKERS, (), ()),
    "UNLINK": ("", LINKERS, (), ()),
}


def read_system(
    reader: Reader, roles: Collection[str], reference: tuple[str, ...]
) -> dict[str, SystemClause]:
    """The table `system`: every event of the bus, as the router treats it.

    Args:
        reference: roles that may look a case up; without them there is no LOOKUP.

    Raises:
        ConventionError: `system_differs`, and those of the reader.
    """
    done = _DONE | ({LOOKUP: ("", reference, (), ())} if reference else {})
    clauses = {event: _clause(event, reader.reader(event), roles, done[event]) for event in done}
    reader.close()
    return clauses


def _clause(event: str, row: Reader, roles: Collection[str], done: Done) -> SystemClause:
    clause = SystemClause(
        event=event,
        purpose=row.word("purpose", default=""),
        issuers=row.words("issuers", roles, "unknown_role"),
        stages=row.words("stages", ACK_STAGES, "unknown_stage"),
        duties=tuple(read_duty(one, roles) for one in row.readers("duties")),
        label=row.texts("label"),
        sentence=row.texts("sentence", "missing_sentence"),
    )
    row.close()
    for field, does in zip(_FIELDS, done, strict=True):
        said, form = getattr(clause, field), str if field == "purpose" else _in_any_order
        if form(said) != form(does):
            got, line = f"{event}.{field}", row.line_of(field)
            row.refuse("system_differs", got, "what the router does", line, event, field)
    return clause


def _in_any_order(listed: Iterable[Any]) -> list[str]:
    return sorted(map(repr, listed))

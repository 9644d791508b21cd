"""The bus's own events in a file: what the router does with them is no choice of the parties.

The file shows them because its readers sign them. Data that say other than
`contracts.decision.bus_events` and `contracts.decision.duties` do would promise what nobody
keeps: they are refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from contracts.convention.file.faults import refusal
from contracts.convention.file.yaml_nodes import Fields
from contracts.convention.known_acts import CONFIRMATION, LINKERS
from contracts.convention.model import Convention
from contracts.vocabulary.scopes import ACK_STAGES, ACKNOWLEDGE, LOOKUP, WITHDRAWAL

_FIELDS: Final = ("purpose", "issuers", "stages", "duties")
_DONE: Final[dict[str, tuple[Any, ...]]] = {  # the same, as the router treats an event
    "ACK": (ACKNOWLEDGE, (), ACK_STAGES, ()),
    "WITHDRAW": (WITHDRAWAL, (), (), (CONFIRMATION,)),
    "LINK": ("", LINKERS, (), ()),
    "UNLINK": ("", LINKERS, (), ()),
}


def check_system(convention: Convention, top: Fields) -> None:
    """Refuse a table `system` that says of an event other than what the router does.

    Raises:
        ConventionError: `system_differs`.
    """
    name, reference = convention.file, convention.reference  # without them there is no LOOKUP
    done = _DONE | ({LOOKUP: ("", reference, (), ())} if reference else {})
    for event, does in done.items():
        for field, data in zip(_FIELDS, does, strict=True):
            if _in_any_order(getattr(convention.system[event], field)) != _in_any_order(data):
                got, expected = f"{event}.{field}", "what the router does"
                at, facts = ("system", event, field), (event, field)
                raise refusal(top, at, "system_differs", got, expected, *facts, file=name)


def _in_any_order(data: str | Iterable[Any]) -> str | list[str]:
    return data if isinstance(data, str) else sorted(map(repr, data))

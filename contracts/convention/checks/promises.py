"""Whether a file promises what is kept: by its clauses, and by the router of its table `system`.

Over the whole space, at every load: what no grant releases is released to nobody, so that it ends
with the grants. What the router does (`decision.bus_events`, `duties`) no party chooses.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NoReturn

from contracts.convention.clauses import Grant
from contracts.convention.file.faults import refusal
from contracts.convention.file.yaml_nodes import Fields
from contracts.convention.known_acts import CONFIRMATION, LINKERS
from contracts.convention.model import Convention
from contracts.convention.promise import Invariant, thirds
from contracts.errors import ConventionError
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


def check_invariants(convention: Convention) -> None:
    """Refuse a convention that breaks its own invariants.

    Raises:
        ConventionError: `invariant_broken`, `invariant_broken_by_duty`, with the first
            counterexample, at its clause's line.
    """
    name = convention.file
    heard = [(grant, thirds(grant)) for grant in convention.grants]
    for promise in convention.invariants:
        for grant, third in heard:
            if not promise.holds(grant):
                for issuer, recipient, scope in promise.selection.of(grant):
                    got = f"lets {issuer} send {scope} to {recipient}"
                    whose = issuer, scope, recipient
                    _refuse("invariant_broken", promise, grant, got, whose, name)
            if promise.demand == "never":
                for issuer, role, duty in promise.selection.told(grant, third):
                    got = f"tells {role} of what {issuer} sends"
                    whose = issuer, duty, role
                    _refuse("invariant_broken_by_duty", promise, grant, got, whose, name)


def _refuse(
    code: str, promise: Invariant, grant: Grant, got: str, whose: tuple[str, str, str], name: str
) -> NoReturn:
    """Refuse with the facts of one release and, at their end, the promise's sentence."""
    sentence, act = promise.sentence["en"], (grant.event, grant.purpose)
    got = f"{promise.id}: {grant.id} {got} ({', '.join(act)})"
    facts = grant.id, promise.id, *whose, *act, sentence
    raise ConventionError(code, got, sentence, file=name, line=grant.line, facts=facts)

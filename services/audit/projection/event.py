"""An event's life as a role is told it, from the rows of the audit's store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from contracts.decision.heirs import Heirs
from contracts.errors import LogError
from contracts.log.orders.registry import Registry
from services.audit.lives.rows import ANSWERED
from services.audit.lives.table import Lives

Party = Callable[[str], dict[str, str]]  # a desk's urn -> its role, and its name for who sees desks
_PLAIN: Final = ("etype", "kind", "at", "judged", "code", "refused", "told")
_OF_DUTY: Final = ("act", "due", "legal", "status", "late", "since")


def event_told(lives: Lives, event: str, row: dict[str, Any], party: Party) -> dict[str, Any]:
    """The members of an answer that come from the store.

    Args:
        row: what `lives` has of it.
    """
    return {
        **{name: row[name] for name in _PLAIN},
        "issued": row["iat"], "reasons": row["reasons"], "issuer": party(row["iss"]),
        "addressees": [_addressee(each, party) for each in row["addressees"]],
        **_steps(lives.steps(event), party),
        "duties": [_duty(duty, party) for duty in lives.duties(event)],
    }  # fmt: skip


def _duty(duty: dict[str, Any], party: Party) -> dict[str, Any]:
    """A duty with who owes it; and, for who sees desks, with those that this one follows, if it is another."""
    debtor = party(duty["debtor"])
    before = {name: party(duty[name]) for name in ("first", "late_under") if duty[name]}
    return {
        **{name: duty[name] for name in _OF_DUTY}, "debtor": debtor, "creditor": party(duty["creditor"]),
        **{name: desk for name, desk in before.items() if desk["desk"] != debtor["desk"]},
    }  # fmt: skip


def _steps(steps: list[dict[str, Any]], party: Party) -> dict[str, Any]:
    """What came back: stages and withdrawals; and, for consoles that know of them, the events that answer."""
    told: dict[str, list[dict[str, Any]]] = {"steps": [], "answers": []}
    for step in steps:
        row = {"at": step["at"], **party(step["desk"])}
        if step["k"] == ANSWERED:
            told["answers"].append({**row, "etype": step["stage"]})
        else:
            told["steps"].append({**row, "k": step["k"], "stage": step["stage"]})
    return told


def _addressee(told: dict[str, Any], party: Party) -> dict[str, Any]:
    """One addressee; scopes, which say what was known of a child, only for who sees desks."""
    who = party(told["desk"])
    row = {**who, "verdict": told["verdict"], "clause": told.get("clause", "")}
    scopes = ("withheld", "left_out")
    if who["desk"]:
        return row | {
            "reasons": told.get("reasons", []), "released": told["released"],
            **{name: told[name] for name in scopes},
        }  # fmt: skip
    every = [code for name in scopes for codes in told[name].values() for code in codes]
    return row | {
        "reasons": sorted({*told.get("reasons", []), *every}),
        "released": [], **{name: {} for name in scopes},
    }  # fmt: skip


def parties(registry: Registry, now: int, heirs: Heirs, *, desks: bool) -> Party:
    """How desks are named.

    Args:
        now: instant at which the directory is in force, seconds.
        heirs: one that has ended and left the directory had the role of its heir.
        desks: by their names too.
    """
    try:
        directory = registry.directories[registry.in_force(now)[1]]
    except LogError:  # nothing is adopted: nobody has a role
        return lambda urn: {"role": "", "desk": urn.rpartition(":")[2] if desks else ""}

    def party(urn: str) -> dict[str, str]:
        entry = heirs.entry(directory, urn)
        role = entry.role if entry is not None else ""
        return {"role": role, "desk": urn.rpartition(":")[2] if desks else ""}

    return party

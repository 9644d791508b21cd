"""What is told of an event's life to who asks for a role, and whether its log bears it out.

Where an event's record stands in its published log is verified here: the console has neither log
nor keys.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from contracts.encoding import unb64u
from contracts.errors import LogError, ProofError
from contracts.log.orders.registry import Registry
from contracts.proof.checkpoint import Checkpoint, read_checkpoint
from contracts.proof.note import MAX_NOTE_BYTES
from contracts.proof.policy import TrustPolicy
from contracts.proof.tiles import TileHashes, whole_if_gone
from contracts.proof.tree import check_inclusion, inclusion_path
from services.audit.lives.table import Lives
from services.platform.process.exit_codes import UnreachableError
from services.platform.tree.published_log import LogFiles, LogInFolder

# Of a realm, as its owners signed it; it may raise `ProofError`.
Policies = Callable[[str], TrustPolicy | None]

STANDS: Final = "stands"  # the path from the record to the checkpoint's root holds
OTHER: Final = "other"  # it does not: something else is published there
EARLY: Final = "early"  # the checkpoint is of fewer records
UNREAD: Final = "unread"  # nothing is published, or what is cannot be read


def proof_told(folder: Path, realm: str, row: dict[str, Any], policies: Policies) -> dict[str, Any]:
    """Its place, whether the published checkpoint has it, and which witnesses count.

    Args:
        folder: in which the logs lie.
        row: what `lives` has of the event.
    """
    name = f"{realm}-{row['partition']}"
    place = {"log": name, "leaf": row["leaf"], "index": row["index"]}
    log = LogInFolder(folder / name)
    try:
        note = log.read("checkpoint")[: MAX_NOTE_BYTES + 1]
        head = read_checkpoint(note)
        stand = _inclusion(log, head, row["index"], unb64u(row["leaf"]))
    except (UnreachableError, ProofError):  # the service tells why
        return {**place, "size": 0, "inclusion": UNREAD, "cosigned": []}
    cosigned = _cosigned(note, realm, policies) if stand == STANDS else []
    return {**place, "size": head.size, "inclusion": stand, "cosigned": cosigned}


def _inclusion(log: LogFiles, head: Checkpoint, index: int, leaf: bytes) -> str:
    if index >= head.size:
        return EARLY
    tiles = TileHashes(head.size, whole_if_gone(log.read, UnreachableError))
    path = inclusion_path(index, head.size, tiles.subtree)
    try:
        check_inclusion(leaf, index, head.size, head.root, path)
    except ProofError:
        return OTHER
    return STANDS


def _cosigned(note: bytes, realm: str, policies: Policies) -> list[str]:
    """Witnesses whose signatures hold; none where they are fewer than the policy asks."""
    try:
        policy = policies(realm)
        return sorted(seen.witness for seen in policy.verify(note).cosigned) if policy else []
    except ProofError:
        return []


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
        "steps": [_step(step, party) for step in lives.steps(event)],
        "duties": [_duty(duty, party) for duty in lives.duties(event)],
    }  # fmt: skip


def _duty(duty: dict[str, Any], party: Party) -> dict[str, Any]:
    """A duty with who owes it, and to whom."""
    parties = {name: party(duty[name]) for name in ("debtor", "creditor")}
    return {name: duty[name] for name in _OF_DUTY} | parties


def _step(step: dict[str, Any], party: Party) -> dict[str, Any]:
    """What came back: a stage, a withdrawal, or an answer, whose `stage` is its type."""
    return {name: step[name] for name in ("k", "at", "stage")} | party(step["desk"])


def _addressee(told: dict[str, Any], party: Party) -> dict[str, Any]:
    """One addressee; scopes, which say what was known of a child, only for who sees desks."""
    who = party(told["desk"])
    row = {**who, "verdict": told["verdict"], "clause": told.get("clause", "")}
    reasons = told.get("reasons", [])
    if who["desk"]:
        scopes = {name: told[name] for name in ("released", "withheld", "left_out")}
        return row | {"reasons": reasons, **scopes}
    withheld = [code for codes in told["withheld"].values() for code in codes]
    return row | {
        "reasons": sorted({*reasons, *withheld}), "released": [], "withheld": {}, "left_out": {},
    }  # fmt: skip


def parties(registry: Registry, now: int, *, desks: bool) -> Party:
    """How desks are named.

    Args:
        now: instant at which the directory is in force, seconds.
        desks: by their names too.
    """
    try:
        directory = registry.directories[registry.in_force(now)[1]]
    except LogError:  # nothing is adopted: nobody has a role
        return lambda urn: {"role": "", "desk": urn.rpartition(":")[2] if desks else ""}

    def party(urn: str) -> dict[str, str]:
        entry = directory.desk(urn)
        role = entry.role if entry is not None else ""
        return {"role": role, "desk": urn.rpartition(":")[2] if desks else ""}

    return party

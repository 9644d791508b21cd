"""Who may do what in Kafka, as the issue's sentences say it: a table written by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from contracts.convention.model import Convention
from contracts.kafka.rights import Right, realm_rights
from contracts.keys.directory import Directory
from contracts.log.orders.layout import Layout

DESKS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "civil": {
        "education": ("edu-s", "edu-h-1", "edu-h-2"),
        "police": ("pol",),
        "justice": ("parq-civ", "parq-crim", "je", "pjj"),
        "child_welfare": ("crip", "ase", "pmi", "home-1", "home-2", "mo"),
        "association": ("asso", "psp"),
    },
    "criminal": {"police": ("pol",), "justice": ("parq-crim",)},
}
SHARDS: Final = {"civil": 2, "criminal": 1}
LAYOUTS: Final = {"civil": ((1, 3), (4, 2)), "criminal": ((1, 1),)}  # order, shards; last in force
AGENCIES: Final = ("education", "police", "justice", "child_welfare", "association")
PRINCIPALS: Final = (
    *AGENCIES,
    "routing-civil-0", "routing-civil-1", "routing-criminal-0",
    "audit-civil", "audit-criminal", "owners-civil", "owners-criminal",
    "console", "metrics",
    "routing-civil-2", "association-2",  # of a layout that is past; a partner that nobody admitted
)  # fmt: skip

TOPICS: Final = tuple(
    f"relais.{realm}.{name}"
    for realm, houses in DESKS.items()
    for name in (
        "control", "decisions", "evidence", "quarantine",
        *(f"outbox.{agency}" for agency in houses),
        *(f"inbox.{agency}" for agency in houses),
    )
)  # fmt: skip
GROUPS: Final = ("relais.civil.routing", "relais.criminal.routing", "relais.civil.audit", "another")
SHARD_IDS: Final = tuple(
    f"relais.{realm}.routing.{order}.{shard}.{turn}"
    for realm, layouts in LAYOUTS.items()
    for order, shards in layouts
    for shard in range(shards)
    for turn in "abc"
)
AGENCY_IDS: Final = tuple(f"relais.intake.{agency}.{turn}" for agency in AGENCIES for turn in "abc")
IDS: Final = (*SHARD_IDS, *AGENCY_IDS, "relais.civil.routing.5.0.a", "another")

_ROUTES: Final = {
    "inbox": "W", "outbox": "R", "control": "R", "decisions": "RW", "evidence": "RW",
    "quarantine": "RW",
}  # fmt: skip
_AUDITS: Final = {"control": "R", "decisions": "R", "evidence": "R"}
_OWNS: Final = {"control": "RW"}


def on_topic(principal: str, topic: str) -> str:
    """`R`, `W`, `RW` or nothing."""
    _, realm, kind, *rest = topic.split(".")
    whose = rest[0] if rest else ""
    offices = {
        **{f"routing-{realm}-{n}": _ROUTES for n in range(SHARDS[realm])},
        f"audit-{realm}": _AUDITS,
        f"owners-{realm}": _OWNS,
    }
    if principal in offices:
        return offices[principal].get(kind, "")
    if principal not in DESKS[realm]:
        return ""
    if kind in ("inbox", "outbox"):
        return "RW" if whose == principal else ""
    return "R" if kind == "control" else ""


def may_publish_as(principal: str, transactional_id: str) -> bool:
    """Whether a principal may use, and so fence, a transactional id."""
    parts = transactional_id.split(".")
    if parts[:2] == ["relais", "intake"]:
        return parts[2] == principal
    if parts[0] != "relais":
        return False
    _, realm, _, order, shard, _ = parts
    if principal not in [f"routing-{realm}-{n}" for n in range(SHARDS[realm])]:
        return False
    newest = LAYOUTS[realm][-1][0]
    if int(order) == newest:
        return principal == f"routing-{realm}-{shard}"
    return int(order) < newest


def may_commit_in(principal: str, group: str) -> bool:
    """Whether a principal may read and write the offsets of a group."""
    realm = group.split(".")[1] if group.startswith("relais.") else ""
    own = [f"routing-{realm}-{n}" for n in range(SHARDS.get(realm, 0))]
    return group == f"relais.{realm}.routing" and principal in own


def rights(
    convention: Convention,
    directories: Mapping[str, Directory],
    layouts: Mapping[str, Sequence[Layout]],
) -> tuple[Right, ...]:
    """Every right of all realms, sorted."""
    every = (
        realm_rights(convention, directory, layouts.get(realm, ()))
        for realm, directory in directories.items()
    )
    return tuple(sorted({one for some in every for one in some}))

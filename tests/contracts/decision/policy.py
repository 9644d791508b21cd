"""Who may do what in Kafka, as the issue's sentences say it: a table written by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from contracts.convention.model import Convention
from contracts.kafka.rights import Right, realm_rights
from contracts.keys.directory import Directory
from contracts.log.orders.layout import Layout

AGENCIES: Final = ("education", "police", "justice", "child_welfare", "association")
LAYOUTS: Final = {"civil": ((1, 3), (4, 2)), "criminal": ((1, 1),)}  # order, shards; last in force
OFFICES: Final = {  # realm -> principal -> what it is there
    "civil": {
        **dict.fromkeys(AGENCIES, "agency"),
        "routing-civil-0": "routing", "routing-civil-1": "routing",
        "audit-civil": "audit", "owners-civil": "owners",
    },
    "criminal": {
        "police": "agency", "justice": "agency",
        "routing-criminal-0": "routing", "audit-criminal": "audit", "owners-criminal": "owners",
    },
}  # fmt: skip
PRINCIPALS: Final = (
    *(OFFICES["civil"] | OFFICES["criminal"]),
    "console", "metrics",
    "routing-civil-2", "association-2",  # of a layout that is past; a partner that nobody admitted
)  # fmt: skip

TOPICS: Final = tuple(
    f"relais.{realm}.{name}"
    for realm, offices in OFFICES.items()
    for name in (
        "control", "decisions", "evidence", "quarantine",
        *(f"outbox.{agency}" for agency in AGENCIES if agency in offices),
        *(f"inbox.{agency}" for agency in AGENCIES if agency in offices),
    )
)  # fmt: skip
SHARD_IDS: Final = tuple(
    f"relais.{realm}.routing.{order}.{shard}.{turn}"
    for realm, layouts in LAYOUTS.items()
    for order, shards in layouts
    for shard in range(shards)
    for turn in "abc"
)
AGENCY_IDS: Final = tuple(f"relais.intake.{agency}.{turn}" for agency in AGENCIES for turn in "abc")
IDS: Final = (*SHARD_IDS, *AGENCY_IDS, "relais.civil.routing.5.0.a", "another")

# Kind of a topic -> who reads it, who writes it; `own` is the agency that it is named after.
_MAY: Final = {
    "inbox": ("own", "routing"),
    "outbox": ("own routing", "own"),
    "control": ("agency routing audit owners", "owners"),
    "decisions": ("routing audit", "routing"),
    "evidence": ("routing audit", "routing"),
    "quarantine": ("routing", "routing"),
}


def on_topic(principal: str, topic: str) -> str:
    """`R`, `W`, `RW` or nothing."""
    _, realm, kind, *named = topic.split(".")
    known = {OFFICES[realm].get(principal, ""), "own" if principal in named else ""} - {""}
    readers, writers = (known & {*who.split()} for who in _MAY[kind])
    return "R" * bool(readers) + "W" * bool(writers)


def may_publish_as(principal: str, transactional_id: str) -> bool:
    """Whether a principal may use, and so fence, a transactional id."""
    match transactional_id.split("."):
        case ["relais", "intake", agency, _]:
            return principal == agency
        case ["relais", realm, "routing", order, shard, _]:
            newest, _shards = LAYOUTS[realm][-1]
            if int(order) == newest:
                return principal == f"routing-{realm}-{shard}"
            return int(order) < newest and OFFICES[realm].get(principal) == "routing"
        case _:
            return False


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

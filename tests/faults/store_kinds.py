"""What is done to stores and clocks, with what weight, and what its victim must have said of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

FEW: Final = 3


@dataclass(frozen=True, slots=True)
class StoreKind:
    """One kind of fault.

    Attributes:
        weight: how often it is done, beside the others of a victim.
        notice: what some victim must have said after a few of it; empty: it may pass in silence.
        needs: what a machine may lack: `disk`, `clock`.
    """

    weight: float
    notice: str = ""
    needs: str = ""


Kinds = Mapping[str, StoreKind]

FULL: Final = "store's disk full"
READ_ONLY: Final = "store's disk read-only"
SLOW: Final = "store's disk slow"
STALLED: Final = "store's disk stalled"
REPLACED: Final = "another's store put under a router"
REPLACED_BETWEEN: Final = "another's store put between two lives"
DELETED: Final = "store deleted under a router"
SET_BACK: Final = "store set back between two lives"
STEPPED: Final = "router's clock stepped"
STEPPED_TOO_FAR: Final = "router's clock stepped too far"
ROUTER_KINDS: Final[Kinds] = {
    FULL: StoreKind(2.0, "ended: store_unwritable", "disk"),
    READ_ONLY: StoreKind(2.0, "ended: store_unwritable", "disk"),
    SLOW: StoreKind(2.0, needs="disk"),
    STALLED: StoreKind(2.0, needs="disk"),
    REPLACED: StoreKind(2.0, "ended: store_unreadable"),
    REPLACED_BETWEEN: StoreKind(2.0, "store refused: foreign"),
    DELETED: StoreKind(1.0),
    SET_BACK: StoreKind(1.0),
    STEPPED: StoreKind(1.0, needs="clock"),
    STEPPED_TOO_FAR: StoreKind(1.0, "ended: clock_off", "clock"),
}

AGENCY_FULL: Final = "agency store's disk full"
AGENCY_READ_ONLY: Final = "agency store's disk read-only"
AGENCY_STALLED: Final = "agency store's disk stalled"
AGENCY_REPLACED: Final = "another agency's store put under a service"
AGENCY_REPLACED_BETWEEN: Final = "another agency's store put between two lives"
AGENCY_DELETED: Final = "agency store deleted under a service"
AGENCY_SET_BACK: Final = "agency store set back between two lives"
AGENCY_KINDS: Final[Kinds] = {
    AGENCY_FULL: StoreKind(2.0, "no store: DiskError", "disk"),
    AGENCY_READ_ONLY: StoreKind(2.0, "no store: Error", "disk"),
    AGENCY_STALLED: StoreKind(1.0, needs="disk"),
    AGENCY_REPLACED: StoreKind(2.0, "no store: FencedError"),
    AGENCY_REPLACED_BETWEEN: StoreKind(2.0, "store refused: foreign"),
    AGENCY_DELETED: StoreKind(1.0, "no store: LostRowError"),
    AGENCY_SET_BACK: StoreKind(1.0),
}
ALL_KINDS: Final = (*ROUTER_KINDS, *AGENCY_KINDS)


def notices(logs: Iterable[Path]) -> Counter[str]:
    """What services said of their stores and clocks."""
    found: Counter[str] = Counter()
    for path in logs:
        for line in path.read_bytes().splitlines():
            if not line.startswith(b"{"):
                continue
            said = orjson.loads(line)
            event = said.get("event")
            if event in ("store refused", "no store"):
                found[f"{event}: {said['why']}"] += 1
            elif event == "ended" and said.get("code"):
                found[f"ended: {said['code']}"] += 1
    return found


def unnoticed(done: Mapping[str, int], kinds: Kinds, said: Mapping[str, int]) -> list[str]:
    """Kinds of which a few were done, and of which nobody said what was to be noticed."""
    return [
        f"{done[name]} × {name}, and no “{kind.notice}”"
        for name, kind in kinds.items()
        if kind.notice and done.get(name, 0) >= FEW and not said.get(kind.notice)
    ]

"""What lies in quarantine, told to the console: by code, outbox and issuer, how many, how old, and what speaks against a release.

    GET /projection/{realm}/quarantine    groups, and the owners' orders about quarantine with their progress

Nothing of what was put aside is read: only the log's records and the covers that verified.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts.convention.retention import DAY_S
from contracts.decision.state.state import Kept
from contracts.encoding import json_object
from contracts.envelope.wire import Inbound
from contracts.errors import LogError
from contracts.log.orders.order import Order
from contracts.log.orders.rulings import RULINGS
from services.audit.projection.kept_told import Against, KeptTold, told
from services.audit.replay import RealmAudit
from services.platform.http.problems import ProblemError
from services.platform.http.responses import answer, problem_response
from services.platform.http.shared_secret import SharedSecrets

MOST_KEPT: Final = 20_000  # that are looked at; of more it is said that there are more
MOST_ORDERS: Final = 64  # the newest, with what became of each decision
AGES: Final = (DAY_S, 7 * DAY_S, 30 * DAY_S)  # bounds of what is counted by age, seconds

Group = tuple[str, str, str]  # code, agency in whose outbox, issuing desk


@dataclass(frozen=True, slots=True)
class KeptInput:
    """One input in quarantine, with what speaks against a release."""

    partition: int
    decision: str
    kept: Kept
    told: KeptTold
    against: str

    @property
    def group(self) -> Group:
        """With what it is counted."""
        return self.kept.code, self.told.agency, self.told.desk


@dataclass
class RealmQuarantine:
    """What one realm's audit knows of quarantine.

    Attributes:
        told: by leaf, of what was put aside.
        became: by leaf, the kind of the record that a release ended with, as far as it was met.
    """

    audit: RealmAudit
    told: dict[str, KeptTold] = field(default_factory=dict)
    became: dict[str, str] = field(default_factory=dict)

    def unknown(self) -> dict[str, int]:
        """Leaf -> partition of what is kept and was put aside before this service began."""
        return {leaf: number for number, leaf, _ in self._kept() if leaf not in self.told}

    def note(self, record: Inbound, evidence: bytes | None) -> None:
        """Take note of a record that was read: what it puts aside, or how a release ended."""
        if len(self.told) < 2 * MOST_KEPT and (row := told(record, evidence, self.told)):
            self.told[(record.key or b"").decode("ascii", "replace")] = row
        if b'"released"' in (evidence or b""):
            said, beside = json_object(record.value), json_object(evidence)
            if isinstance(leaf := beside.get("released"), str) and len(self.became) < MOST_KEPT:
                self.became[leaf] = str(said.get("kind", ""))

    def rows(self, now: int) -> list[KeptInput]:
        """What is to be ruled on, the oldest first; at most `MOST_KEPT`."""
        kept = list(self._kept())
        here = {leaf for _, leaf, _ in kept}
        if len(kept) < MOST_KEPT:
            self.told = {leaf: row for leaf, row in self.told.items() if leaf in here}
        against: Against | None = None
        with suppress(LogError):
            against = Against(self.audit.realm, self.audit.control.registry, now)
        rows = [
            KeptInput(number, leaf, own, known, against(own, known) if against else "")
            for number, leaf, own in kept
            if not own.released
            for known in [self.told.get(leaf, KeptTold())]
        ]
        return sorted(rows, key=lambda row: (row.kept.first, row.partition, row.decision))

    def orders(self) -> list[dict[str, Any]]:
        """The owners' newest orders about quarantine, the newest first."""
        ruled = [order for order in self.audit.control.registry.orders if order.kind in RULINGS]
        return [self._told_order(order) for order in ruled[: -MOST_ORDERS - 1 : -1]]

    def _told_order(self, order: Order) -> dict[str, Any]:
        quorum = self.audit.control.registry.owners.quorum.get(order.kind, 1)
        states = [[number, leaf, self._state(number, leaf)] for number, leaf in order.decisions]
        return {
            "n": order.n, "kind": order.kind, "reason": order.payload["reason"], "at": order.start,
            "signatures": max(1, quorum), "decisions": states,
        }  # fmt: skip

    def _state(self, number: int, leaf: str) -> str:
        """`kept`: routing has not come to it; `released`: waits to be routed; else how it ended."""
        replayers = self.audit.replayers
        state = replayers[number].settled() if number < len(replayers) else None
        if state is None:
            return "kept"
        if (kept := state.kept.get(leaf)) is not None:
            return "released" if kept.released else "kept"
        ended: str = state.ended.get(leaf, "gone")
        return self.became.get(leaf, "routed") if ended == "released" else ended

    def _kept(self) -> Iterator[tuple[int, str, Kept]]:
        def every() -> Iterator[tuple[int, str, Kept]]:
            for number, replayer in enumerate(self.audit.replayers):
                if (state := replayer.settled()) is not None:
                    for leaf, kept in state.kept.items():
                        yield number, leaf, kept

        return islice(every(), MOST_KEPT)


def grouped(rows: list[KeptInput], now: int) -> list[dict[str, Any]]:
    """How many of each code, outbox and issuer; by age, by who was to get it and by what speaks against a release."""
    by_group: dict[Group, list[KeptInput]] = defaultdict(list)
    for row in rows:
        by_group[row.group].append(row)
    return [
        {
            "code": code, "agency": agency, "desk": desk, "n": len(own),
            "oldest": own[0].kept.first, "newest": own[-1].kept.first,
            "ages": _ages(own, now), "against": dict(Counter(row.against for row in own if row.against)),
        }
        for (code, agency, desk), own in sorted(by_group.items())
    ]  # fmt: skip


def _ages(rows: list[KeptInput], now: int) -> list[int]:
    """How many are younger than each of `AGES`, and older than all."""
    counts = [0] * (len(AGES) + 1)
    for row in rows:
        counts[sum(now - row.kept.first >= bound for bound in AGES)] += 1
    return counts


class QuarantineProjection:
    """Answers the console, by a secret a realm.

    Attributes:
        routes: to be served.

    Args:
        clock: the routers', seconds.
    """

    def __init__(self, secrets: SharedSecrets, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._realms: dict[str, RealmQuarantine] = {}
        self.routes: list[Route] = [
            secrets.route("/projection/{realm}/quarantine", self._groups),
        ]

    @property
    def realms(self) -> Mapping[str, RealmQuarantine]:
        """What is followed."""
        return self._realms

    def follow(self, audit: RealmAudit) -> None:
        """Take note of what a realm's audit reads from now on."""
        own = self._realms[audit.realm] = RealmQuarantine(audit)
        audit.watchers.append(own.note)

    async def _groups(self, request: Request) -> Response:
        own, now = self._realms.get(request.path_params["realm"]), self._clock()
        if own is None:
            return problem_response(
                ProblemError(404, "not_read_yet", "a service that starts", "/ready")
            )
        rows = own.rows(now)
        told = {"at": now, "groups": grouped(rows, now), "orders": own.orders()}
        return answer(told | {"whole": len(rows) < MOST_KEPT})

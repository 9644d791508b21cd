"""Traffic from every desk, through the agencies' HTTP, as sane partners would do it."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from contracts.vocabulary.scopes import OUTCOME_CODES, ROLES
from tests import samples
from tests.simulation.federation import Federation

TRY_AGAIN_S: Final = (0.2, 1.0)
PAUSE_S: Final = 4.0  # of a desk between two records, on average
CASES: Final = 5  # of a desk
ACKNOWLEDGED: Final = 0.15  # of what arrives
PAGE: Final = 50
TOLD: Final = (429, 503)  # "later": try again with the same key
OK: Final = 200
ACCEPTED: Final = 202


@dataclass(frozen=True)
class Accepted:
    """A request that was answered 202.

    Attributes:
        case: local reference: what was accepted for it, was accepted in this order.
        lines: of the answer: what goes to which desk.
    """

    desk: str
    case: str
    events: tuple[str, ...]
    lines: tuple[Mapping[str, Any], ...] = ()


@dataclass
class Seen:
    """What partners did and saw.

    Attributes:
        accepted: in the order of the answers.
        arrived: desk -> event id -> how often its inbox showed it.
        missing: gaps and errors that an inbox told.
        open: requests that are not answered 202 yet.
    """

    accepted: list[Accepted] = field(default_factory=list)
    arrived: dict[str, Counter[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    missing: list[str] = field(default_factory=list)
    open: int = 0


class Partners:
    """All desks of a federation at work."""

    def __init__(self, federation: Federation) -> None:
        self.seen = Seen()
        self._federation = federation
        self.withdrawn = self.replied = 0.0  # chances, beside those of acknowledgements
        self.closed = set[str]()  # cases, and events, on which nothing more is written
        self.asked = Counter[str]()  # of each case requests that are open
        self._over = asyncio.Event()
        self._http = federation.http()
        self._tasks: list[asyncio.Task[None]] = []
        self._cursors: dict[str, str] = {}

    async def begin(self) -> None:
        """Find by dry runs what each desk may send, and start all of them."""
        chosen = await self._sendable()
        for desk, records in chosen.items():
            self._tasks.append(asyncio.create_task(self._write(desk, records)))
        for desk in samples.DESKS:
            self._tasks.append(asyncio.create_task(self._read(desk)))

    def finish(self) -> None:
        """Begin nothing new; what was begun is still tried until it is accepted."""
        self._over.set()

    async def finished(self, limit_s: float) -> None:
        """Return when every request that was begun is accepted.

        Raises:
            TimeoutError: one is not: an agency is stuck.
        """
        async with asyncio.timeout(limit_s):
            while self.seen.open:
                await asyncio.sleep(0.1)

    async def read_out(self, wanted: Mapping[str, int], limit_s: float) -> None:
        """Read inboxes until each desk has seen so many arrivals, then stop reading.

        Raises:
            TimeoutError: some never came.
        """
        async with asyncio.timeout(limit_s):
            while any(self.seen.arrived[desk].total() < count for desk, count in wanted.items()):
                self._look()
                await asyncio.sleep(0.2)
        await asyncio.sleep(1)  # for one too many to be seen
        self._look()

    async def close(self) -> None:
        """End everything."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.aclose()

    def _look(self) -> None:
        for task in self._tasks:
            if task.done() and not task.cancelled() and (error := task.exception()):
                raise error

    async def _sendable(self) -> dict[str, list[dict[str, Any]]]:
        """Desk -> records that its agency's service would publish now."""
        found: dict[str, list[dict[str, Any]]] = {}
        for desk, role in samples.DESKS.items():
            agency = ROLES[role]
            for kind in samples.kinds(agency):
                if kind == "withdrawal" or role not in samples.roles_of(agency, kind):
                    continue
                record = samples.filed(agency, kind, role)
                if "ends" in record:  # of an event that nobody sent: only the router can tell
                    continue
                answer = await self._ask("POST", desk, "/referrals", record, dry_run="true")
                if answer is not None and answer.status_code == OK:
                    found.setdefault(desk, []).append(record)
        return found

    async def _write(self, desk: str, records: list[dict[str, Any]]) -> None:
        chance = random.Random(f"{self._federation.seed} {desk}")
        await asyncio.sleep(chance.uniform(0, PAUSE_S))
        while not self._over.is_set():
            case = f"case {chance.randrange(CASES)} of {desk}"
            if case in self.closed:
                await asyncio.sleep(PAUSE_S)
                continue
            record = dict(chance.choice(records))
            record["reference"] = case
            key = str(uuid.UUID(int=chance.getrandbits(128), version=4))
            events = await self._accepted(desk, case, "/referrals", record, key)
            if events and case not in self.closed and chance.random() < self.withdrawn:
                await self._accepted(desk, case, f"/referrals/{events[0]}/withdraw", {}, "")
            await asyncio.sleep(chance.expovariate(1 / PAUSE_S))

    async def _accepted(
        self, desk: str, case: str, path: str, body: Mapping[str, Any], key: str
    ) -> tuple[str, ...]:
        """Post until accepted or refused for good; the events, none of what is refused."""
        self.seen.open += 1
        self.asked[case] += 1
        chance = random.Random(key)
        try:
            while True:
                answer = await self._ask("POST", desk, path, body, key)
                if answer is not None and answer.status_code == ACCEPTED:
                    found = answer.json()
                    events, lines = tuple(found["events"]), tuple(found["to"])
                    self.seen.accepted.append(Accepted(desk, case, events, lines))
                    return events
                if answer is not None and answer.status_code not in TOLD:
                    return ()
                await asyncio.sleep(chance.uniform(*TRY_AGAIN_S))
        finally:
            self.seen.open -= 1
            self.asked[case] -= 1

    async def _ask(
        self,
        method: str,
        desk: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        key: str = "",
        **query: str,
    ) -> httpx.Response | None:
        """One request; None if it was not answered."""
        headers = {"Authorization": f"Bearer {self._federation.home.token(desk)}"}
        if key:
            headers["Idempotency-Key"] = key
        url = self._federation.urls()[ROLES[samples.DESKS[desk]]]
        try:
            return await self._http.request(
                method, f"{url}/v1{path}", params={"desk": desk, **query}, json=body,
                headers=headers,
            )  # fmt: skip
        except (httpx.HTTPError, OSError):
            return None

    async def _read(self, desk: str) -> None:
        """Follow the inbox; acknowledge some of it, once."""
        chance = random.Random(f"{self._federation.seed} reads {desk}")
        while True:
            cursor = self._cursors.get(desk, "")
            answer = await self._ask("GET", desk, "/inbox", after=cursor, limit=str(PAGE))
            items: list[dict[str, Any]] = []
            if answer is not None and answer.status_code == OK:
                page = answer.json()
                items = [{"event": "", **item} for item in page["items"]]  # one in error has none
                self._cursors[desk] = page["cursor"]
                self.seen.missing += [f"{desk}: {gap}" for gap in page["missing"]]
            for item in items:
                self._note(desk, item)
                quiet = self._over.is_set() or item["event"] in self.closed
                if not quiet and item["event"] and chance.random() < ACKNOWLEDGED:
                    path = f"/inbox/{item['event']}/acknowledge"
                    # Its key is the service's own: one acknowledgement a stage.
                    await self._accepted(desk, f"ack {item['event']}", path, {}, "")
                if not quiet and item["event"] and chance.random() < self.replied:
                    path, code = f"/inbox/{item['event']}/outcome", chance.choice(OUTCOME_CODES)
                    key = str(uuid.UUID(int=chance.getrandbits(128), version=4))
                    body = {"code": code}
                    await self._accepted(desk, f"outcome of {item['event']}", path, body, key)
            if len(items) < PAGE:
                await asyncio.sleep(chance.uniform(2.0, 6.0))

    def _note(self, desk: str, item: Mapping[str, Any]) -> None:
        if error := item.get("error"):
            self.seen.missing.append(f"{desk}: {error} {item.get('event', '')}")
        self.seen.arrived[desk][item["realm"], item.get("event", "")] += 1


def by_case(accepted: Iterable[Accepted]) -> dict[tuple[str, str], list[str]]:
    """(desk, local case) -> event ids in the order of acceptance."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in accepted:
        found[one.desk, one.case] += one.events
    return found

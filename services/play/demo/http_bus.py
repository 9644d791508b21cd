"""The running federation as a story sees it: its public HTTP, its clock file, its topics.

A story runs in a thread of its own, so that the event loop keeps watching processes and signals;
what needs the loop (Kafka) is handed over to it. `interrupt` makes the next request of the story
its last.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Final, TypeVar

import httpx

from contracts.convention.load import load
from contracts.convention.model import Convention
from contracts.decision.draft import Draft
from contracts.vocabulary import principals
from contracts.vocabulary.scopes import REALMS, ROLES
from services.agency.agency_keys import build_agency
from services.agency.office.sending.answer import Outgoing, Prepared
from services.agency.office.sending.sealing import seal
from services.agency.trade import trade_of
from services.operate.home.first_orders import new_orders
from services.operate.home.home import Home
from services.operate.home.keys import write_secret
from services.operate.home.owners_bus import OwnersBus
from services.operate.home.partners import PARTNERS
from services.platform.kafka.bus import Bus
from services.platform.kafka.orders.control import read_registry
from services.platform.patience import patient
from services.platform.ports import monotonic, random_bytes, random_token
from services.platform.process import clock as clocks
from services.platform.process.exit_codes import UnreachableError
from services.play.demo.bus import SeenArrival, ServiceAnswer
from services.play.demo.kafka_observer import Witness
from services.play.run.launch import Federation

UNRULED: Final = "P30"  # retention of what no clause speaks of
ANSWER_S: Final = 60.0  # for one request; a service answers within 8 or says 503
PAGE: Final = 50  # arrivals in one answer of the inbox
TRIES: Final = 5  # of a request that was answered 503, with the same idempotency key
PAUSE_S: Final = 1.0
LOOK_S: Final = 0.2  # between two looks at whether a service has read an order
KEY_WEEKS: Final = 5  # that keys of a new retention class cover: the story that adopts is the last
CONVENES: Final = "crip"
_DESKS: Final = {partner.desk: partner.role for partner in PARTNERS}
T = TypeVar("T")
Overhear = Callable[[httpx.Response], None]


async def publish_straight(home: Home, bus: Bus, desk: str, draft: Draft, at_ms: int) -> list[str]:
    """Seal and sign a draft with the desk's own keys, write it to the outbox; its event ids.

    The desk has published nothing before: no chain of covers is gone on with.
    """
    realm, at, name = draft.realm, at_ms // 1000, ROLES[_DESKS[desk]]
    registries = {realm: await read_registry(bus.reader(), realm, home.owners)}
    agency = build_agency(home.keys, name, trade_of(name), registries, at, (desk,))
    convd, dird = registries[realm].in_force(at)
    case = agency.case_token(realm, desk, draft.reference)
    keep = {addressee.desk: UNRULED for addressee in draft.to}
    prepared = Prepared(desk, [Outgoing(draft, keep, {}, case, convd, dird)])
    sealed = seal(agency, prepared, {}, at_ms, random_bytes)
    # No transactional id: the agency's own would fence its service.
    await bus.write([one.record for one in sealed])
    return [one.issued.claims.jti for one in sealed]


async def adopt(federation: Federation, text: bytes, at: int) -> None:
    """Let the running federation's home hold a version, and order it on both buses from an instant.

    The home plays all parties: those that join get a key, and each signs. Desks that receive under
    a retention class for the first time get keys; their directory is ordered first.
    """
    path = federation.home.path
    write_secret(path / "convention.yaml", text)
    home = Home(path)  # anew: it remembers its convention
    await asyncio.to_thread(home.prepare, at, KEY_WEEKS)
    for realm in REALMS:
        bus = OwnersBus(home, realm, federation.bus(principals.owners(realm)), at)
        orders = new_orders(home, await bus.registry(), federation.plan.shards_of(realm))
        await bus.order(*reversed(orders))


class InterruptedPlayError(Exception):
    """Somebody asked to stop: the story ends here."""


class PlayClock(clocks.FileClock):
    """The federation's clock file."""

    moved_to: int | None = None  # since somebody last set it to None

    def move_to(self, instant: int) -> None:
        """Move forward to an instant; past ones are ignored."""
        if instant > self.now():
            self.moved_to = clocks.set_to(self.path, instant)


class HttpBus:
    """Implements `bus.Bus` over the services' public HTTP.

    Args:
        loop: the event loop that the witness lives in; not the thread of the story.
        auditor: replays the log and gives its verdict.
        marker: stands in every free-form personal field that a story writes.
        overhear: told of every answer, body read (tests).
    """

    def __init__(
        self,
        federation: Federation,
        witness: Witness,
        loop: asyncio.AbstractEventLoop,
        auditor: Callable[[], Coroutine[Any, Any, dict[str, Any]]],
        marker: str = "",
        overhear: Overhear | None = None,
    ) -> None:
        self.marker = marker
        self.clock = PlayClock(federation.home.clock)
        self.convention: Convention = federation.home.convention
        self.roles: Mapping[str, str] = _DESKS
        self._federation = federation
        self._witness = witness
        self._loop = loop
        self._auditor = auditor
        self._overhear = overhear
        self._http = httpx.Client(timeout=ANSWER_S, trust_env=False)
        self._cursors: dict[str, str] = {}
        self._duties: dict[str, tuple[int, list[dict[str, Any]]]] = {}
        self._stopped = threading.Event()

    def interrupt(self) -> None:
        """Let the story end at its next request."""
        self._stopped.set()

    def close(self) -> None:
        """Close connections."""
        self._http.close()

    # --- a desk's requests --------------------------------------------------------------------

    def post(self, desk: str, record: Mapping[str, Any]) -> ServiceAnswer:
        """`POST /v1/referrals`."""
        return self._ask("POST", desk, "/v1/referrals", record, random_token(16))

    def inbox(self, desk: str) -> Sequence[SeenArrival]:
        """`GET /v1/inbox` from the cursor of the last call, to its end."""
        arrivals: list[SeenArrival] = []
        while True:
            cursor = self._cursors.get(desk, "")
            page = self._ask("GET", desk, "/v1/inbox", after=cursor, limit=str(PAGE)).body
            arrivals += [SeenArrival(desk, item) for item in page["items"]]
            self._cursors[desk] = page["cursor"]
            if len(page["items"]) < PAGE:
                return arrivals

    def acknowledge(self, desk: str, event_id: str, stage: str = "received") -> ServiceAnswer:
        """`POST /v1/inbox/{event_id}/acknowledge`."""
        return self._ask("POST", desk, f"/v1/inbox/{event_id}/acknowledge", {"stage": stage})

    def outcome(self, desk: str, event_id: str, code: str) -> ServiceAnswer:
        """`POST /v1/inbox/{event_id}/outcome`."""
        key = random_token(16)
        return self._ask("POST", desk, f"/v1/inbox/{event_id}/outcome", {"code": code}, key)

    def status(self, desk: str, event_id: str) -> dict[str, Any]:
        """`GET /v1/referrals/{event_id}`; empty if there is none."""
        answer = self._ask("GET", desk, f"/v1/referrals/{event_id}")
        return answer.body if answer.accepted else {}

    def duties(self, desk: str) -> Sequence[dict[str, Any]]:
        """`GET /v1/duties`, asked again once something has come: all that changes duties arrives.

        Opened, closed, moved, overdue: each is a notice or a receipt in the desk's inbox.
        """
        arrived = self._witness.arrived(desk)
        known = self._duties.get(desk)
        if known is None or known[0] != arrived:
            known = arrived, self._ask("GET", desk, "/v1/duties").body["items"]
            self._duties[desk] = known
        return known[1]

    def _ask(
        self,
        method: str,
        desk: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        key: str = "",
        **query: str,
    ) -> ServiceAnswer:
        """One request; a service that says "not now" is asked again, which is safe with a key."""
        url = self._federation.urls[ROLES[self.roles[desk]]] + path
        headers = {"Authorization": f"Bearer {self._federation.home.token(desk)}"}
        if key:
            headers["Idempotency-Key"] = key
        answer = ServiceAnswer(0, {})
        for _ in range(TRIES):
            if self._stopped.is_set():
                raise InterruptedPlayError
            response = self._http.request(
                method, url, params={"desk": desk, **query}, json=body, headers=headers
            )
            if self._overhear is not None:
                self._overhear(response)
            answer = ServiceAnswer(response.status_code, response.json())
            if answer.status != httpx.codes.SERVICE_UNAVAILABLE:
                break
            self._stopped.wait(PAUSE_S)
        return answer

    # --- the bus itself -----------------------------------------------------------------------

    def publish_raw(self, desk: str, draft: Draft) -> list[str]:
        """Straight into the outbox topic, past the agency's service."""
        home, at_ms = self._federation.home, self.clock.now() * 1000
        bus = self._federation.bus(principals.agency(ROLES[self.roles[desk]]))
        return self._in_loop(publish_straight(home, bus, desk, draft, at_ms))

    def adopt(self, text: bytes) -> None:
        """Sign and order on both buses; return once the desk that convenes works by it."""
        before, deadline = self._may_write(), monotonic() + patient(ANSWER_S)
        self._in_loop(adopt(self._federation, text, self.clock.now()))
        self.convention = load(text, "next.yaml")
        while self._may_write() == before:
            if monotonic() > deadline:
                raise UnreachableError("not_quiet", f"{ANSWER_S:g} s", "the new convention")
            self._stopped.wait(LOOK_S)

    def _may_write(self) -> dict[str, Any]:
        """To whom the desk that convenes may write: each agency reads orders at its own pace."""
        return self._ask("GET", CONVENES, "/v1/desks").body

    def settle(self) -> None:
        """Wait until routing is quiet and every agency has read what came."""
        self._in_loop(self._witness.quiet(self.clock.moved_to))
        self.clock.moved_to = None

    def audit(self) -> dict[str, Any]:
        """Replay the log."""
        return self._in_loop(self._auditor())

    def decision_on(self, event_id: str) -> dict[str, Any]:
        """What the log's evidence says was decided of an event."""
        return self._in_loop(self._witness.decision_on(event_id))

    def _in_loop(self, work: Coroutine[Any, Any, T]) -> T:
        if self._stopped.is_set():
            work.close()
            raise InterruptedPlayError
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

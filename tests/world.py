"""A whole federation in memory: five agencies, two routers, one log each, no Kafka and no mocks.

Six partitions a realm if not told otherwise (`MemoryFederation`). What Kafka and HTTP add is tested
elsewhere, on the real ones. The world plays the stories (`services.play.demo`), and tests change it
to see who notices.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from contracts.convention.model import Convention
from contracts.decision.draft import Draft
from contracts.decision.state.state import State
from contracts.envelope.wire import Inbound
from contracts.errors import RelaisError
from contracts.kafka.topic_plan import plan
from contracts.keys.keyring import HeldSigners, MemoryKeyRing, Signer
from contracts.log.orders.order import OrderKind
from contracts.log.replaying.finding import AuditFinding
from contracts.log.replaying.replay import Replayer
from contracts.log.routing.batch import Batch
from contracts.log.routing.partition_router import PartitionRouter, RouterKeys
from contracts.vocabulary import topics
from contracts.vocabulary.schema import desk_urn
from contracts.vocabulary.scopes import AGENCIES, REALMS, ROLES
from services.agency.office.inbox.cursor import Offsets
from services.agency.office.inbox.reading import choose, moved, opened
from services.agency.office.office import Office
from services.agency.office.requests.desk_request import DeskRequest, duties_of, status_of
from services.agency.office.responses.sending import SendAnswer
from services.agency.office.sending.answer import Outgoing, Prepared
from services.agency.office.sending.identity import Agency
from services.agency.office.sending.sealing import seal
from services.agency.trade import trade_of
from services.platform.http.problems import ProblemError, problem_of
from services.play.demo.bus import START, WEEKS, SeenArrival, ServiceAnswer
from services.sandbox.memory_federation import MemoryFederation
from tests.contracts.convention.parties import adoption
from tests.contracts.envelope import kit
from tests.contracts.log.first_orders import begun, first_orders, next_order
from tests.contracts.log.routed import by_leaf, rebuild, replay

MARKER: Final = "canary-7f3a91"
BEGIN: Final = 1_788_760_800  # 2026-09-07 08:00 in Paris


class WorldClock:
    """Stands still until it is moved."""

    def __init__(self, at: int = BEGIN) -> None:
        self._at = at

    def now(self) -> int:
        """Seconds since 1970, UTC."""
        return self._at

    def now_ms(self) -> int:
        """The same in milliseconds."""
        return self._at * 1000

    def move_to(self, instant: int) -> None:
        """Move forward to an instant; past ones are ignored."""
        self._at = max(self._at, instant)

    def advance(self, seconds: int) -> None:
        """Move forward by so many seconds."""
        self._at += seconds


def realm_keys(name: str) -> kit.Realm:
    """All desks' keys of a realm, for as long as the stories last."""
    return kit.realm(name, start=BEGIN - 7 * kit.DAY, weeks=WEEKS + 2)


@dataclass
class World(MemoryFederation):
    """A federation; implements `services.play.demo.bus.Bus`."""

    seed: str = "world"
    marker: str = MARKER
    clock: WorldClock = field(default_factory=WorldClock)
    partitions: int = topics.PARTITIONS

    def __post_init__(self) -> None:
        self._cursors: dict[str, Offsets] = defaultdict(dict)
        self.alarms: list[str] = []  # codes that the routers raised
        self.secrets = {name: f"routing secret of {name}".encode().ljust(32) for name in REALMS}
        given = {
            name: (name, 1, self.partitions, realm_keys(name).token, BEGIN - kit.DAY)
            for name in REALMS
        }
        registries = {name: begun(*given[name]) for name in REALMS}
        super().__init__(registries, self.router_keys, self.clock.now, kit.Seeded(self.seed))
        for name in REALMS:
            self._on_control(name, first_orders(*given[name]))
        for name in AGENCIES:
            own = {
                keys.urn(desk): (keys.signers[desk], keys.rings[desk])
                for desk, (role, realms, _) in kit.DESKS.items() if ROLES[role] == name
                for keys in map(realm_keys, realms)
            }  # fmt: skip
            self.join(Office(self.agency(name, own)))

    def order(self, realm: str, kind: OrderKind, content: Mapping[str, Any]) -> None:
        """An order on control, from now."""
        registry = self.registries[realm]
        values = next_order(registry, kind, content, self.clock.now())
        assert not registry.extend(values), registry.why
        self._on_control(realm, values)

    def _on_control(self, realm: str, values: Sequence[bytes]) -> None:
        place = topics.control(realm), 0
        for value in values:
            self.topics[place].append(
                Inbound(*place, len(self.topics[place]), None, value, (), self.clock.now_ms())
            )

    def adopt(self, text: bytes) -> None:
        """Put a version of the convention in force on both buses."""
        for realm in self.registries:
            self.order(realm, "adopt_convention", adoption(text))

    def wait(self, seconds: int) -> None:
        """Let time go by, and route what falls due."""
        self.clock.advance(seconds)
        self.settle()

    # --- the federation's make-up -----------------------------------------------------------------

    @property
    def roles(self) -> Mapping[str, str]:
        """Short id of every desk -> its role."""
        return {desk: role for desk, (role, _, _) in kit.DESKS.items()}

    @property
    def convention(self) -> Convention:
        """The convention in force."""
        convd, _ = self.registries["civil"].in_force(self.clock.now())
        return self.registries["civil"].conventions[convd]

    def router_keys(self, realm: str) -> RouterKeys:
        """What a realm's router holds."""
        return RouterKeys(HeldSigners(realm_keys(realm).router), self.secrets[realm])

    def agency(self, name: str, keys: Mapping[str, tuple[Signer, MemoryKeyRing]]) -> Agency:
        """An agency of desks, which hold these keys by their urns."""
        realms = [realm for realm in REALMS if any(f":{realm}:" in urn for urn in keys)]
        trade = trade_of(name)
        return Agency(
            name=name,
            desks=tuple(dict.fromkeys(urn.rpartition(":")[2] for urn in keys)),
            signers={urn: HeldSigners(signer) for urn, (signer, _) in keys.items()},
            rings={urn: ring for urn, (_, ring) in keys.items()},
            secret=f"secret of {name} {self.seed}".encode().ljust(32),
            routing={realm: self.secrets[realm] for realm in realms},
            registries={realm: self.registries[realm] for realm in realms},
            intake=trade.intake,
            describe=trade.words.arrival,
        )

    # --- Bus: a desk's requests -------------------------------------------------------------------

    def post(self, desk: str, record: Mapping[str, Any], key: str | None = None) -> ServiceAnswer:
        """`POST /v1/referrals`."""
        return self._request(DeskRequest(desk, "record", record, key=key or ""))

    def dry_run(self, desk: str, record: Mapping[str, Any]) -> ServiceAnswer:
        """`POST /v1/referrals?dry_run=true`."""
        request = DeskRequest(desk, "record", record)

        def answer() -> ServiceAnswer:
            tried = self.office(desk).tried(request, self.clock.now_ms(), self.random)
            found = tried.answer((), dry_run=True)
            return ServiceAnswer(200, found.wire())

        return _answered(answer)

    def acknowledge(self, desk: str, event_id: str, stage: str = "received") -> ServiceAnswer:
        """`POST /v1/inbox/{event_id}/acknowledge`."""
        return self._request(DeskRequest(desk, "acknowledge", {"stage": stage}, event_id))

    def outcome(self, desk: str, event_id: str, code: str = "", **more: Any) -> ServiceAnswer:
        """`POST /v1/inbox/{event_id}/outcome`."""
        body = {"code": code, **more} if code else more
        return self._request(DeskRequest(desk, "outcome", body, event_id))

    def withdraw(self, desk: str, event_id: str) -> ServiceAnswer:
        """Take back an own event."""
        return self._request(DeskRequest(desk, "withdraw", {}, event_id))

    def inbox(self, desk: str) -> Sequence[SeenArrival]:
        """`GET /v1/inbox`, opened, from the cursor of the last call."""
        office, after = self.office(desk), self._cursors[desk]
        view = office.view(desk)
        chosen = choose(view, after, 10_000)
        self._cursors[desk] = moved(view, after, chosen, {})
        found = []
        for one in chosen:
            name = topics.inbox(one.realm, office.agency.name)
            record = self.topics[name, one.partition][one.offset]
            context = office.context(one.realm, desk, self.clock.now())
            found.append(
                SeenArrival(
                    desk,
                    opened(record, one, context, view, office.agency.describe).wire(),
                )
            )
        return found

    def status(self, desk: str, event_id: str) -> dict[str, Any]:
        """`GET /v1/referrals/{event_id}`; empty if there is none."""
        try:
            return status_of(self.office(desk).view(desk), event_id, self.clock.now()).wire()
        except ProblemError:
            return {}

    def duties(self, desk: str) -> Sequence[dict[str, Any]]:
        """`GET /v1/duties`."""
        view = self.office(desk).view(desk)
        found: list[dict[str, Any]] = duties_of(view, self.clock.now()).wire()["items"]
        return found

    def _request(self, request: DeskRequest) -> ServiceAnswer:
        return _answered(lambda: ServiceAnswer(202, self.request(request).wire()))

    # --- Bus: the bus itself ----------------------------------------------------------------------

    def publish_raw(self, desk: str, draft: Draft) -> list[str]:
        """Seal whatever a draft says with the desk's valid keys; straight into the outbox."""
        office = self.office(desk)
        agency, realm = office.agency, draft.realm
        convd, dird = self.registries[realm].in_force(self.clock.now())
        case = draft.case or agency.case_token(realm, desk, draft.reference)
        keep = {one.desk: self._retention(draft, one.desk, one.purpose) for one in draft.to}
        outgoing = Outgoing(draft, keep, {}, case, convd, dird)
        prepared = Prepared(desk, [outgoing])
        sealed = seal(agency, prepared, dict(office.outbox.chain), self.clock.now_ms(), self.random)
        for one in sealed:
            self.write(one.record)
        return [one.issued.claims.jti for one in sealed]

    def _retention(self, draft: Draft, desk: str, purpose: str | None) -> str:
        dird = self.registries[draft.realm].in_force(self.clock.now())[1]
        desks = self.registries[draft.realm].directories[dird].desks
        issuer, recipient = (desks[desk_urn(draft.realm, one)].role for one in (draft.issuer, desk))
        grant = self.convention.grant(draft.realm, issuer, draft.etype, purpose or "", recipient)
        return grant.keep if grant is not None else "P30"

    def route(
        self,
        router: PartitionRouter,
        records: Sequence[Inbound],
        erasable: Mapping[str, bytes] | None = None,
    ) -> Batch:
        """One batch of one partition, committed; what orders erase is at hand."""
        site = router.site
        if router.to_erase(self.registries[site.realm], self.clock.now()):
            erasable = self.evidence(site.realm, site.partition)
        batch = super().route(router, records, erasable)
        self.alarms += batch.alarms
        self._all_planned(router, batch)
        return batch

    def rows(self, part: str) -> list[Inbound]:
        """What the topics hold that have this in their names, but for what was emptied."""
        places = [place for place in self.topics if part in place[0]]
        return [row for place in places for row in self.topics[place] if row.value]

    def evidence(self, realm: str, number: int) -> dict[str, bytes]:
        """leaf -> evidence of one partition."""
        return by_leaf(self.topics[topics.evidence(realm), number])

    def _all_planned(self, router: PartitionRouter, batch: Batch) -> None:
        """Routing writes to no topic that nobody made: on Kafka that would stop it for good."""
        tail, registry = router.state.tail, self.registries[router.site.realm]
        if batch.out and tail.convd and tail.dird:
            force = registry.conventions[tail.convd], registry.directories[tail.dird]
            unplanned = {one.topic for one in batch.out} - {one.name for one in plan(*force)}
            assert not unplanned, unplanned

    # --- Bus: the auditor -------------------------------------------------------------------------

    def audit(self) -> dict[str, Any]:
        """Replay every partition of both realms, without any key."""
        findings, records = [], 0
        for realm, number in self.routers:
            replayer, found = self.replay(realm, number)
            findings += [(realm, finding) for finding in found]
            records += replayer.tally.records
        return {
            "clean": not any(finding.alarm for _, finding in findings),
            "records": records,
            "findings": [
                {"realm": realm, "code": one.code, "detail": one.detail, "alarm": one.alarm}
                for realm, one in findings
            ],
        }

    def replay(self, realm: str, number: int) -> tuple[Replayer, list[AuditFinding]]:
        """Replay one partition."""
        replayer = Replayer(realm, number, self.registries[realm])
        rows, evidence = self.topics[topics.decisions(realm), number], self.evidence(realm, number)
        return replayer, replay(replayer, rows, evidence, self.clock.now())

    def rebuilt(self, realm: str, number: int) -> State:
        """The state that a restarting router would have."""
        rows = self.topics[topics.decisions(realm), number]
        records = [(row.value, row.headers) for row in rows]
        evidence = self.evidence(realm, number)
        return rebuild(realm, number, records, evidence, self.registries[realm])

    def decision_on(self, event_id: str) -> dict[str, Any]:
        """What the evidence says was decided of an event."""
        for realm, number in self.routers:
            for proof in self.evidence(realm, number).values():
                found = orjson.loads(proof)
                if "decision" in found and kit.claims_of(found["cover"])["jti"] == event_id:
                    decision: dict[str, Any] = found["decision"]
                    return decision
        return {}


class PromptWorld(World):
    """One that routes at once what a service sends or an owner orders."""

    def request(self, request: DeskRequest) -> SendAnswer:
        answer = super().request(request)
        self.settle()
        return answer

    def order(self, realm: str, kind: OrderKind, content: Mapping[str, Any]) -> None:
        super().order(realm, kind, content)
        self.settle()


def _answered(answer: Callable[[], ServiceAnswer]) -> ServiceAnswer:
    """As the services' HTTP answers: problems are documents."""
    try:
        return answer()
    except (ProblemError, RelaisError) as error:
        problem = problem_of(error)
        return ServiceAnswer(problem.status, problem.document())


assert START == "2026-09-07T08:00"

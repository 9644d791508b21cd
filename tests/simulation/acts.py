"""What owners and operators do amid the traffic, and what happens to machines: drawn by seed.

A command runs in a life of its own, may be killed where it waits, and is then given again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any, Final

import orjson

from contracts.convention.load import load
from contracts.convention.signing import sign_convention
from contracts.conventions import SECOND, read
from contracts.envelope.wire import Inbound, Outbound
from contracts.errors import LogError
from contracts.keys.keyring import destroyed_at
from contracts.keys.sealing_keys import destroy_at_of, parts_of
from contracts.log.orders import rulings
from contracts.log.orders.desk_end import DAY_S, DESK_END, NOTICE_DAYS
from contracts.vocabulary.schema import desk_urn, short
from contracts.vocabulary.scopes import CIVIL, REALMS
from services.agency.loops.key_ends import GRACE_S
from services.operate.agreed import at_home, planned_topics
from services.operate.home import rotation as rotating
from services.operate.home.first_orders import directory_orders
from services.operate.home.home import Home
from services.operate.home.key_life import LEAD
from services.operate.home.owners_bus import OwnersBus
from services.operate.home.partners import FILE as PARTNERS
from services.operate.to_erase import answers as reported
from services.operate.to_erase import to_erase
from services.platform.kafka.orders.new_orders import NewOrder
from services.platform.keys.keystore import read_signer
from services.platform.process.exit_codes import UnreachableError
from tests.flows.hostile import CHANGES
from tests.simulation.checks import not_decided, not_published
from tests.simulation.erased import at_rest, canaries_of
from tests.simulation.federation import AGAIN_S, BUS, Federation, seeded
from tests.simulation.incarnation import Life
from tests.simulation.ledger import Ledger, ledger_of, sum_of
from tests.simulation.partners import Accepted, Partners

LAID: Final = 20  # hostile records
WEEKS: Final = 3  # of keys
UNHEARD_MS: Final = 90_000  # that a service may sleep
DRAWN: Final = 3  # acts of a run
OLD_S: Final = 21 * DAY_S  # after which a week's first keys are over


@dataclass
class Scene:
    """Where acts take place.

    Attributes:
        spans: instants between which the law or the time changed, milliseconds since 1970.
        commands: how many lives of commands were begun.
        canaries: bytes of erased cases, and of destroyed keys.
        laid: sums of hostile records.
        destroyed: ids of keys.
        unsaid: of those, what no directory in force says of.
    """

    federation: Federation
    partners: Partners
    chance: Random
    spans: list[tuple[int, int]] = field(default_factory=list)
    commands: int = 0
    canaries: set[bytes] = field(default_factory=set)
    laid: set[int] = field(default_factory=set)
    destroyed: set[str] = field(default_factory=set)
    unsaid: list[str] = field(default_factory=list)

    async def command(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """Do what an operator's command does, again after each death until it is done."""
        federation = self.federation
        while True:
            self.commands += 1
            life = Life("operator", federation.loop, federation.fates.at_await)
            task = life.begin(federation.ports(life, self.commands), work())
            await asyncio.wait({task, life.died}, return_when=asyncio.FIRST_COMPLETED)
            # LogError: somebody else's order came first.
            if task.done() and not isinstance(task.exception(), UnreachableError | LogError):
                return task.result()
            await asyncio.sleep(AGAIN_S)

    def owners(self, realm: str) -> OwnersBus:
        """A bus as its owners have it now."""
        return OwnersBus(self.federation.home, realm, BUS, self.federation.now)

    def desks(self, realm: str) -> list[str]:
        """Short ids of a bus's desks."""
        return [short(desk) for desk in sorted(self.federation.home.directory(realm).desks)]

    def jump(self, seconds: float) -> None:
        """All clocks jump; a router amid a transaction then ends."""
        self.federation.excused.add("clock_off")
        self.federation.loop.moved_ns += int(seconds * 10**9)

    def ledger(self) -> Ledger:
        """All that stands on Kafka now, but what hostile hands wrote."""
        return ledger_of(self.federation.kafka.committed(), self.laid)

    def under_way(self) -> bool:
        """Whether something that was asked of a service is not decided yet."""
        seen, ledger = self.partners.seen, self.ledger()
        return bool(seen.open or not_decided(ledger) or not_published(seen.accepted, ledger))

    @contextmanager
    def unforeseeable(self) -> Iterator[None]:
        """What is decided meanwhile, or before all services have heard of it, may differ."""
        began = self.federation.loop.wall_ns()
        yield
        self.spans.append((began // 10**6, self.federation.loop.wall_ns() // 10**6 + UNHEARD_MS))

    def foreseeable(self, ledger: Ledger) -> list[Accepted]:
        """What was accepted, with no promise where law or time changed before it was decided."""
        since = {one.event: (one.at_ms, one.cover) for one in ledger.published}

        def holds(event: str) -> bool:
            begin, cover = since.get(event, (0, ""))
            end = max((one.at_ms for one in ledger.decided.get(cover, ())), default=begin)
            return not any(begin <= last and first <= end for first, last in self.spans)

        return [
            replace(one, lines=tuple(x for x in one.lines if holds(x.get("event", ""))))
            for one in self.partners.seen.accepted
        ]


Act = Callable[[Scene], Awaitable[None]]


async def time(scene: Scene) -> None:
    """All clocks jump by hours or days; what falls due meanwhile is told."""
    with scene.unforeseeable():
        scene.jump(scene.chance.uniform(1, 60) * 3600)


async def twin(scene: Scene) -> None:
    """A service sleeps, is taken for dead and replaced, and wakes up beside its successor."""
    federation = scene.federation
    name = scene.chance.choice([name for name in federation.services if name != "audit"])
    while not await federation.is_ready(name):
        await asyncio.sleep(0.5)
    life = federation.lives[name]
    life.pause(scene.chance.uniform(2, 60))
    if not life.doubted.done():
        life.doubted.set_result(None)


async def layout(scene: Scene) -> None:
    """The owners order another number of routers; each ends, and is started anew."""
    shards = scene.chance.choice([1, 3])

    async def order() -> None:
        bus = scene.owners(CIVIL)
        registry = await bus.registry()
        last = [one for one in registry.orders if one.kind == "layout"][-1]
        if last.payload["shards"] != shards:
            content = {"shards": shards, "partitions": registry.partitions}
            await bus.order(NewOrder("layout", content, bus.signers(None)))

    scene.federation.excused.add("layout_differs")  # of a start of one that is gone
    await scene.command(order)
    scene.federation.reshard(CIVIL, shards)


async def rotation(scene: Scene) -> None:
    """A desk's or the router's signing key is followed by another, which begins meanwhile.

    The old one's week is not waited for: what nobody has decided by then has expired, as it should.
    """
    desk = scene.chance.choice(["", *scene.desks(CIVIL)])

    async def rotate() -> None:
        bus = scene.owners(CIVIL)
        await rotating.rotate(bus, rotating.owner_of(bus.home, CIVIL, desk))

    with scene.unforeseeable():
        await scene.command(rotate)
        await asyncio.sleep(scene.chance.uniform(0, 5))
        scene.jump(LEAD + 10)


async def convention(scene: Scene) -> None:
    """The convention's second version, signed by all, is adopted on both buses, with its topics."""
    text = read(SECOND)
    version = load(text, SECOND)

    async def adopt() -> None:
        home = scene.federation.home
        home.pin_parties(version.parties, scene.federation.now)
        keys = [(one, read_signer(home.party_file(one))[1]) for one in version.parties]
        signed = [sign_convention(version, party, key) for party, key in keys]
        content = {"convention": text.decode(), "signatures": signed}
        for realm in REALMS:
            bus = scene.owners(realm)
            if version.digest not in {one.target for one in (await bus.registry()).orders}:
                new = NewOrder("adopt_convention", content, [home.owner("convention")])
                await bus.order(new)

    with scene.unforeseeable():
        await scene.command(adopt)
        (scene.federation.home.path / "convention.yaml").write_bytes(text)
        await renew(scene)


async def directory(scene: Scene) -> None:
    """A desk more: its keys and token, and the directory that has it."""
    file = scene.federation.home.path / PARTNERS
    label = {"fr": "Foyer 3", "en": "Home 3"}
    file.write_bytes(orjson.dumps([{"desk": "home-3", "role": "HOME", "label": label}]))
    with scene.unforeseeable():
        await renew(scene)


async def renew(scene: Scene) -> None:
    """Sign and adopt the next directories, and make the topics that are missing."""
    federation = scene.federation
    home = federation.home = Home(federation.home.path)
    home.prepare(federation.now, WEEKS)
    for realm in REALMS:
        home.sign_directory(realm, federation.now, WEEKS)

    async def adopt() -> None:
        for realm in REALMS:
            bus = scene.owners(realm)
            if new := directory_orders(home, await bus.registry(), [home.owner("directory")]):
                await bus.order(*new)

    federation.kafka.make(
        one for one in planned_topics(at_home(home)) if one.name not in federation.kafka.topics
    )
    await scene.command(adopt)


async def erasure(scene: Scene) -> None:
    """The owners have a case erased on which nothing comes any more."""
    partners, found = scene.partners, list[Accepted]()
    while not found:
        await asyncio.sleep(1)
        found = [one for one in partners.seen.accepted if one.case.startswith("case")]
    case = scene.chance.choice(found).case
    partners.closed.add(case)
    events = await at_rest(scene.federation.kafka, partners, case)

    async def erase() -> set[str]:
        answers = set[str]()
        for realm in REALMS:
            bus = scene.owners(realm)
            log = BUS, realm, bus.home.owners
            named = {one: None for event in events
                     for part in await to_erase(*log, event) for one in part}  # fmt: skip
            if named:
                rows = scene.federation.kafka.committed()
                scene.canaries |= canaries_of(rows, realm, events, named)
                content = rulings.erasure(tuple(named), "test")
                (order,) = await bus.order(NewOrder("erase", content, bus.signers(None)))
                said = dict[str, str]()
                while len(said) < len(named):
                    await asyncio.sleep(1)
                    said = await reported(*log, order.digest)
                answers |= set(said.values())
        return answers

    while "incomplete" in await scene.command(erase):
        pass


async def ending(scene: Scene) -> None:
    """A desk ends in favour of another of its role; its day comes amid the traffic.

    What answers goes on under its name; what is new and under way to it then is withheld.
    """

    async def order() -> int:
        bus = scene.owners(CIVIL)
        for known in (await bus.registry()).orders:
            if known.kind == DESK_END:
                return int(known.payload["until"])
        until = bus.at + NOTICE_DAYS[0] * DAY_S + 1
        urns = {"desk": desk_urn(CIVIL, "home-1"), "successor": desk_urn(CIVIL, "home-2")}
        await bus.order(NewOrder(DESK_END, {**urns, "until": until}, bus.signers(None)))
        return until

    with scene.unforeseeable():
        until = await scene.command(order)
        for left in (3, 2, 1):
            while scene.under_way():  # which is good for a week alone
                await asyncio.sleep(1)
            scene.jump((until - scene.federation.now) / left)


async def destruction(scene: Scene) -> None:
    """Keys to read with end: a desk's at its owners' will, or those of all desks in their time.

    What is sealed to them, or comes so, opens no more; they are nowhere, and a directory says so.
    A service destroys between two awaits, and its files are then synced: it dies before or after.
    """
    federation, realm = scene.federation, CIVIL
    listed = federation.home.directory(realm).encryption
    desk = scene.chance.choice(scene.desks(realm))
    now = federation.now
    kids = [kid for kid in listed if parts_of(kid)[0] == desk and listed[kid].not_before <= now]
    if is_due := scene.chance.random() < 0.5:
        kids = [kid for kid in listed if (destroy_at_of(kid) or 0) < now + OLD_S]
    held = federation.home.keys / realm
    files = [held / parts_of(kid)[0] / f"{kid}.json" for kid in kids]
    files = [file for file in files if not destroyed_at(file.read_bytes())]
    scene.canaries |= {orjson.loads(file.read_bytes())["d"].encode() for file in files}
    scene.destroyed |= set(kids)
    with scene.unforeseeable():
        if is_due:
            await _until_over(scene, kids, files)

        async def destroy() -> None:
            bus = scene.owners(realm)
            await rotating.destroy(bus, () if is_due else kids)
            said = (await rotating.adopted_directory(bus)).encryption
            scene.unsaid = [kid for kid in kids if not said.is_destroyed(kid)]

        await scene.command(destroy)


async def _until_over(scene: Scene, kids: Sequence[str], files: Sequence[Path]) -> None:
    """Weeks pass, with new directories, until services have destroyed what is due."""
    while any(destroyed_at(file.read_bytes()) is None for file in files):
        while scene.under_way():
            await asyncio.sleep(1)
        left = max(destroy_at_of(kid) or 0 for kid in kids) - scene.federation.now
        scene.jump(min(max(left, GRACE_S) + 60, 6 * DAY_S))
        await renew(scene)
        await asyncio.sleep(30)


async def replies(scene: Scene) -> None:
    """Partners withdraw what they sent, and give outcomes."""
    scene.partners.withdrawn = scene.partners.replied = 0.2


async def hostile(scene: Scene) -> None:
    """A partner with valid keys writes what no service would into outboxes, past every service."""
    home, kafka = scene.federation.home, scene.federation.kafka
    files = [(file.parts[-3], file) for file in sorted(home.keys.glob("*/*/*-sig-*.json"))]
    keys = {f"{realm} {file.stem}": read_signer(file)[1] for realm, file in files}
    rows = list[Inbound]()
    while not rows:
        await asyncio.sleep(1)
        rows = [one for one in kafka.committed() if ".outbox." in one.topic]
    for row in scene.chance.choices(rows, k=LAID):
        made = scene.chance.choice(CHANGES)(row, scene.chance, keys)
        headers = [*made.headers]
        new = Outbound(row.topic, row.partition, made.key or b"", made.value or b"", headers)
        if sum_of(new) not in {*map(sum_of, rows), *scene.laid}:
            scene.laid.add(sum_of(new))
            await BUS.write([new])


_ACTS: Final = (
    time, twin, layout, erasure, rotation, convention, directory, ending, destruction, replies,
    hostile,
)  # fmt: skip
ACTS: Final[dict[str, Act]] = {act.__name__: act for act in _ACTS}


def drawn(seed: int) -> list[str]:
    """The acts that a seed brings.

    No erasure with hostile hands: of what they make of a case's records nobody tells its case.
    """
    names = Random(f"{seed} acts").sample(sorted(ACTS), k=DRAWN)
    return [one for one in names if one != "hostile" or "erasure" not in names]


async def play(scene: Scene, names: Iterable[str], traffic_s: float) -> None:
    """Do them, each at an instant of the traffic."""

    async def at(instant: float, name: str) -> None:
        await asyncio.sleep(instant)
        await ACTS[name](scene)
        scene.federation.fates.told[f"act {name}"] += 1

    begun = [at(scene.chance.uniform(0, traffic_s), name) for name in names]
    with seeded(f"{scene.federation.seed} acts"):
        await asyncio.gather(*begun)

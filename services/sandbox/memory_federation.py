"""A federation in memory: agencies' own offices, the core's own routers, and topics that are lists.

What Kafka and HTTP add is not here. The sandbox answers over it, and the tests' world plays in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from contracts.decision.state.state import State
from contracts.envelope.wire import Inbound, Outbound
from contracts.log.orders.registry import Registry
from contracts.log.routing.batch import Batch
from contracts.log.routing.partition_router import PartitionRouter, RouterKeys
from contracts.vocabulary import topics
from services.agency.office.inbox.inbox_fold import Said
from services.agency.office.office import Office
from services.agency.office.requests.desk_request import DeskRequest
from services.agency.office.responses.sending import SendAnswer

Place = tuple[str, int]  # topic, partition
Random = Callable[[int], bytes]


class MemoryFederation:
    """Agencies and routers over one set of topics.

    Attributes:
        topics: (topic, partition) -> every record ever written; control's orders come first.
        registries: realm -> what control has said.
        routers: (realm, partition) -> its router.
        agencies: whose outboxes are routed.
        offices: agency -> its office, as far as it is here.
        random: of nonces, ids and sealing.

    Args:
        keys: what a realm's router holds.
        now: seconds since 1970, UTC.
    """

    def __init__(
        self,
        registries: Mapping[str, Registry],
        keys: Callable[[str], RouterKeys],
        now: Callable[[], int],
        random: Random,
    ) -> None:
        self.topics: dict[Place, list[Inbound]] = defaultdict(list)
        self.registries = dict(registries)
        self.routers = {
            (realm, number): PartitionRouter(realm, number, State(), keys(realm))
            for realm, registry in registries.items()
            for number in range(registry.partitions)
        }
        self.agencies: list[str] = []
        self.offices: dict[str, Office] = {}
        self._now = now
        self.random = random
        self._read: dict[tuple[str, Place], int] = defaultdict(int)

    def join(self, office: Office) -> None:
        """One more agency; it has read its inboxes to their end, for they are empty."""
        self.agencies.append(office.agency.name)
        self.offices[office.agency.name] = office
        for desk in office.agency.desks:
            for place in self.routers:
                office.view(desk).numbers.start_at(place, complete=True)

    def office(self, desk: str) -> Office:
        """The office that a desk belongs to."""
        return next(one for one in self.offices.values() if desk in one.agency.desks)

    def write(self, record: Outbound) -> None:
        """Append a record to its topic."""
        place = record.topic, record.partition
        # A copy: what orjson returns goes on holding 8 KB, however short it is.
        value = memoryview(record.value).tobytes()
        kept = Inbound(
            *place, len(self.topics[place]), record.key, value, tuple(record.headers),
            self._now() * 1000,
        )  # fmt: skip
        self.topics[place].append(kept)

    def unread(self, reader: str, place: Place) -> list[Inbound]:
        """What a reader has not been given yet of a partition."""
        start = self._read[reader, place]
        records = self.topics[place][start:]
        self._read[reader, place] += len(records)
        return records

    def request(self, request: DeskRequest) -> SendAnswer:
        """What a desk asks, published at once; with a known key the first answer again.

        Raises:
            ProblemError, RelaisError: a refusal; nothing was published.
        """
        office, now = self.office(request.desk), self._now()
        idem = office.keyed(request)
        if idem is not None and (sent := office.repeated(request, idem)):
            again = office.judge(request, now, sent[0])
            return again.answer([one.id for one in sent])
        prepared, chain = office.judge(request, now), dict(office.outbox.chain)
        sealed = office.seal(prepared, chain, self._now() * 1000, self.random, idem)
        for one in sealed:
            self.write(one.record)
        office.committed(sealed)
        return prepared.answer([one.issued.claims.jti for one in sealed])

    def settle(self) -> None:
        """Route until nothing is left to route, then let every agency read its inboxes."""
        self.route_all()
        for name in self.offices:
            self.read_inboxes(name)

    def route_all(self) -> None:
        """Route what waits or is due in each partition."""
        for (realm, number), router in self.routers.items():
            outboxes = [(topics.outbox(realm, agency), number) for agency in self.agencies]
            self.route(router, [row for one in outboxes for row in self.unread("routing", one)])

    def route(
        self,
        router: PartitionRouter,
        records: Sequence[Inbound],
        erasable: Mapping[str, bytes] | None = None,
    ) -> Batch:
        """One batch of one partition, committed."""
        registry, now = self.registries[router.site.realm], self._now()
        batch = router.batch(records, registry, now, lambda: self.random(16), erasable=erasable)
        for record in batch.out:
            self.write(record)
        batch.view.merge()
        return batch

    def read_inboxes(self, name: str) -> None:
        """Let an agency read what has come for it."""
        office = self.offices[name]
        for place, record in self.arrived(name):
            office.take(record, place, office.agency.desks, self._now(), self.heard)

    def arrived(self, name: str) -> Iterator[tuple[tuple[str, int], Inbound]]:
        """What has come for an agency and was not given to it yet, each with its place."""
        for realm, number in self.routers:
            for record in self.unread(name, (topics.inbox(realm, name), number)):
                yield (realm, number), record

    def heard(self, desk: str, said: Said | None) -> None:
        """What a record said to a desk; None if it does not verify."""

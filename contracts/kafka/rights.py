"""Who may do what in Kafka, computed from what was agreed: convention, directory, layouts.

    topic                  reads                                     writes
    inbox.<agency>         that agency                               the realm's routing
    outbox.<agency>        that agency, the realm's routing          that agency
    decisions, evidence    the realm's routing and its audit         the realm's routing
    control                agencies with desks there, routing,       the owners of its orders
                           audit, owners
    quarantine             the realm's routing                       the realm's routing

    transactional ids      an agency: its own three. A shard: its own three of the layout in force,
                           and all ids of earlier layouts, whose owners it must fence before it
                           reads. No topic has writers of two houses: whoever may write to one can
                           fence every producer that writes there, by a later epoch of its id.
    cluster                nobody reads or writes it. WRITE on a topic is enough for an idempotent
                           producer (Kafka ≥ 3.0)

Operators' console may DESCRIBE every topic that stands here, and the cluster: names, places of
copies, sizes and ends, and never a record. It has no other right.

Every name is exact: no wildcard, no prefix. Nothing depends on an address: a certificate says who
it is, so a host is never named (Kafka writes "any host" as `*`). READ and WRITE imply DESCRIBE,
which is why it stands here for the console alone. Who is given nothing here has nothing: the
brokers deny by default.

Kafka cannot divide a topic: every shard of a realm may write to every partition. What keeps shards
apart is that none may use another's transactional ids, and that each partition's log is a chain
which a second writer breaks for all to see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from contracts.convention.agreed import acting_desks
from contracts.convention.model import Convention
from contracts.keys.directory import Directory
from contracts.log.orders.layout import Layout
from contracts.vocabulary import principals, topics

Resource = Literal["topic", "transactional_id", "cluster"]
READ: Final = "READ"
WRITE: Final = "WRITE"
DESCRIBE: Final = "DESCRIBE"
CLUSTER: Final = "kafka-cluster"  # Kafka's own name of the only resource of that kind


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One permission: an ALLOW rule for any host on a resource of exactly this name.

    Attributes:
        principal: as `contracts.vocabulary.principals` names it, without `User:`.
        operation: by Kafka's name: `READ`, `WRITE`, `DESCRIBE`; others only where found on a
            broker.
    """

    principal: str
    resource: Resource
    name: str
    operation: str


def realm_rights(
    convention: Convention, directory: Directory, layouts: Sequence[Layout]
) -> tuple[Right, ...]:
    """The rights in one realm, by the convention that is in force there, sorted."""
    realm = directory.realm
    agencies = sorted({row.agency for row in acting_desks(convention, directory)})
    shards = [principals.routing(realm, n) for n in range(layouts[-1].shards)] if layouts else []
    granted = [
        *_log(realm, shards),
        *_control(realm, [*shards, principals.audit(realm)]),
        *_transactional(realm, layouts),
    ]
    for agency in agencies:
        inbox, outbox = topics.inbox(realm, agency), topics.outbox(realm, agency)
        granted += [_read(agency, name) for name in (topics.control(realm), inbox, outbox)]
        granted.append(_write(agency, outbox))
        granted += _ids(agency, topics.agency_transactions(agency))
        granted += [_write(shard, inbox) for shard in shards]
        granted += [_read(shard, outbox) for shard in shards]
    return tuple(sorted({*granted, *_described(granted)}))


def _described(granted: Iterable[Right]) -> Iterator[Right]:
    """What operators' console is told of: rights and sizes are the cluster's to tell."""
    yield Right(principals.CONSOLE, "cluster", CLUSTER, DESCRIBE)
    for right in granted:
        if right.resource == "topic":
            yield Right(principals.CONSOLE, "topic", right.name, DESCRIBE)


def _log(realm: str, shards: Iterable[str]) -> Iterator[Right]:
    """What routing keeps: its log, read by audit too; quarantine."""
    names = (topics.decisions(realm), topics.evidence(realm), topics.quarantine(realm))
    for shard in shards:
        for name in names:
            yield _read(shard, name)
            yield _write(shard, name)
    for name in names[:2]:
        yield _read(principals.audit(realm), name)


def _control(realm: str, readers: Iterable[str]) -> Iterator[Right]:
    name, owners = topics.control(realm), principals.owners(realm)
    yield _write(owners, name)
    for reader in (owners, *readers):
        yield _read(reader, name)


def _transactional(realm: str, layouts: Sequence[Layout]) -> Iterator[Right]:
    """A shard's own ids, and those of earlier layouts.

    A shard that starts under a new layout fences every owner under the older ones, wherever they
    run. Nobody under an older layout may fence back: ids of a later layout are not its own.
    """
    for layout in layouts[-1:]:
        for shard in range(layout.shards):
            name = principals.routing(realm, shard)
            yield from _ids(name, topics.routing_transactions(realm, layout.number, shard))
            for earlier in layouts[:-1]:
                yield from _ids(name, earlier.ids(realm))


def _ids(principal: str, ids: Iterable[str]) -> list[Right]:
    return [Right(principal, "transactional_id", one, WRITE) for one in ids]


def _read(principal: str, topic: str) -> Right:
    return Right(principal, "topic", topic, READ)


def _write(principal: str, topic: str) -> Right:
    return Right(principal, "topic", topic, WRITE)

"""How much each principal of convention and directory may take of each broker.

    principal       bytes written a second              bytes read a second    threads' time
    an agency       2 MiB                               32 MiB                 100 %, of one thread
    owners, console 1 MiB                               32 MiB                 100 %
    routing, audit  no limit                            no limit               no limit

Whoever holds a principal's certificate writes and asks as fast as the brokers let it, whatever
routing refuses later; a broker delays what is more than this and refuses nothing. Figures are far
above what is honest: a service publishes 3,800 events of 6 KB at once before it waits at all
(brokers take the mean of 11 s), and reads as fast as it can verify when it starts anew. Routing and
audit read what all others write: who waits for them is everybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from contracts.convention.agreed import acting_desks
from contracts.convention.model import Convention
from contracts.keys.directory import Directory
from contracts.vocabulary import principals

WRITES: Final = "producer_byte_rate"
READS: Final = "consumer_byte_rate"
REQUESTS: Final = "request_percentage"

MIB: Final = 1 << 20
AGENCY_WRITES: Final = 2 * MIB
OTHER_WRITES: Final = MIB
MOST_READS: Final = 32 * MIB
ONE_THREAD: Final = 100


@dataclass(frozen=True, slots=True, order=True)
class Quota:
    """One limit of a principal, on each broker.

    Attributes:
        principal: as `contracts.vocabulary.principals` names it, without `User:`.
        name: by Kafka's name: `producer_byte_rate`, `consumer_byte_rate`, `request_percentage`.
    """

    principal: str
    name: str
    value: int


def quotas(realms: Iterable[tuple[Convention, Directory]]) -> tuple[Quota, ...]:
    """Every limit of the federation, sorted."""
    writes = {principals.CONSOLE: OTHER_WRITES}
    for convention, directory in realms:
        writes[principals.owners(directory.realm)] = OTHER_WRITES
        for desk in acting_desks(convention, directory):
            writes[principals.agency(desk.agency)] = AGENCY_WRITES
    return tuple(
        sorted(
            Quota(principal, name, value)
            for principal, rate in writes.items()
            for name, value in ((WRITES, rate), (READS, MOST_READS), (REQUESTS, ONE_THREAD))
        )
    )

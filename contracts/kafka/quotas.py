"""How much a principal may take of each broker, computed from convention and directory.

    principal       bytes written a second              bytes read a second    threads' time
    an agency       1 MiB, and what the figures of      32 MiB                 100 %, of one thread
                    new cases of its desks come to
                    at 64 KiB a case, in whole MiB
    owners, readers,
    console         1 MiB                               32 MiB                 100 %
    routing, audit  no limit                            no limit               no limit

Whoever holds a principal's certificate writes and asks as fast as the brokers let it, whatever
routing refuses later; a broker delays what is more than this and refuses nothing. Figures are far
above what is honest: a service publishes 1,900 events of 6 KB at once before it waits at all
(brokers take the mean of 11 s), and reads as fast as it can verify when it starts anew. In whole
MiB, so that a desk more is no drift. Routing and audit read what all others write: who waits for
them is everybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from typing import Final

from contracts.convention.agreed import acting_desks, served_readers
from contracts.convention.model import Convention
from contracts.keys.directory import Directory
from contracts.vocabulary import principals

WRITES: Final = "producer_byte_rate"
READS: Final = "consumer_byte_rate"
REQUESTS: Final = "request_percentage"

MIB: Final = 1 << 20
LEAST_WRITES: Final = MIB
CASE_BYTES: Final = 1 << 16  # of a new case, with what follows on it within the hour
MOST_READS: Final = 32 * MIB
ONE_THREAD: Final = 100
_HOUR_S: Final = 3600


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
    """Every limit of the federation, sorted; an agency's desks of both realms count together."""
    cases: Counter[str] = Counter({principals.CONSOLE: 0})
    for convention, directory in realms:
        cases[principals.owners(directory.realm)] += 0
        for name in served_readers(convention, directory):
            cases[principals.reader(name)] += 0
        for desk in acting_desks(convention, directory):
            cases[principals.agency(desk.agency)] += convention.new_cases.of(desk.role) or 0
    return tuple(
        sorted(
            Quota(principal, name, value)
            for principal, figure in cases.items()
            for name, value in (
                (WRITES, LEAST_WRITES + ceil(figure * CASE_BYTES / _HOUR_S / MIB) * MIB),
                (READS, MOST_READS),
                (REQUESTS, ONE_THREAD),
            )
        )
    )

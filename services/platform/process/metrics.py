"""What operators may see: numbers by realm, role, outcome and code; never a person or a case.

One registry a service, so that many services can live in one test. A label has a closed set of
values (realms, roles, event types, codes, topics, routes); nothing that a record holds is one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.platform.ports import now

CGROUPS: Final = Path("/sys/fs/cgroup")
PAGES: Final = Path("/proc/self/statm")


CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
# The only labels that a metric of Relais may have. `desk`: of what the directory says, and of a
# desk that floods the bus; never of what else a desk does: a small one would be known by it.
LABELS: Final = frozenset(
    ("realm", "role", "outcome", "code", "topic", "partition", "loop", "method", "route", "status")
) | {"agency", "kind", "desk"}
SECONDS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
SIZES: Final = (1, 5, 20, 50, 100, 200, 500, 1000)


def limit(cgroups: Path = CGROUPS) -> int | None:
    """The limit of this container's control group in bytes; None if none is told."""
    with suppress(OSError, ValueError):  # without a limit it says "max"
        return int((cgroups / "memory.max").read_text("ascii"))
    return None


def resident(pages: Path = PAGES) -> int | None:
    """Bytes of memory that this process has, None where the system does not tell (proc(5))."""
    with suppress(OSError, ValueError, IndexError):
        return int(pages.read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return None


class Memory(Collector):
    """Both at the moment of asking: a limit can be changed under a running container."""

    def describe(self) -> Iterator[Metric]:
        """The families, without samples."""
        return _families(None, None)

    def collect(self) -> Iterator[Metric]:
        """A sample of each, or none."""
        return _families(resident(), limit())


def _families(has: int | None, may: int | None) -> Iterator[Metric]:
    yield GaugeMetricFamily("process_resident_memory_bytes", "What this process has", has)
    yield GaugeMetricFamily("relais_memory_limit_bytes", "What this process may have", may)


class Metrics:
    """The metrics that services share; each service uses those that it has something to say on."""

    def __init__(self, service: str, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self._info = Info("relais_service", "Which service this is", registry=self.registry)
        self._info.info({"service": service, "version": version("relais")})
        self.started = self._gauge("started_timestamp_seconds", "When this process began", "")
        self.started.set(now())
        self.ready = self._gauge("ready", "1 while every loop gets on, else 0", "")

        # Events as they are routed.
        self.routed = self._counter(
            "routed", "Events decided, by whose they are and outcome", "realm agency outcome"
        )
        self.delivered = self._counter("delivered", "Deliveries, by to whom", "realm agency")
        self.refused = self._counter(
            "refused", "Events refused as a whole, by reason", "realm code"
        )
        self.quarantined = self._counter(
            "quarantined", "Values put aside, by code and whose outbox", "realm code agency"
        )
        self.backlog = self._gauge(
            "quarantine_backlog", "Put aside, neither released nor discarded", "realm partition"
        )
        self.alarms = self._counter("alarms", "Things that must not happen", "code")
        self.delay = self._histogram(
            "delay_seconds", "From published to deliverable", "realm agency", SECONDS
        )

        # The log and its duties.
        self.records = self._counter("records", "Records written", "realm kind")
        self.duties = self._gauge("duties_open", "What desks owe", "realm role")
        self.overdue = self._gauge("duties_overdue", "What desks owe too late", "realm role")
        self.sent = self._gauge(
            "sent_timestamp_seconds", "Issue of an institution's newest event", "agency"
        )
        self.silence = self._gauge(
            "silence_limit_seconds", "After which an institution is called silent", "agency"
        )
        self.unread_ending = self._gauge(
            "unread_ending", "Deliveries not acknowledged, whose key ends soon", "realm role"
        )
        self.keys_overdue = self._gauge(
            "keys_overdue", "Decryption keys kept beyond their time", "realm role"
        )
        self.keys_unsaid = self._gauge(
            "keys_unsaid", "Decryption keys destroyed, and no directory says so", "realm role"
        )
        self.desks_closed = self._gauge(
            "desks_closed", "A desk without a valid encryption key, or another listed", "realm desk"
        )
        self.cases_opened = self._gauge(
            "cases_opened", "Cases of this hour, of desks at their limit alone", "realm desk"
        )
        self.gaps = self._gauge(
            "sequence_gaps", "Deliveries and notices that never came", "realm role"
        )
        self.stores_refused = self._counter(
            "stores_refused", "States on disk that the log did not bear out", "realm code"
        )
        self.unwitnessed = self._gauge(
            "checkpoint_unwitnessed", "1 while a head lacks its quorum", "realm partition"
        )
        self.two_histories = self._gauge(
            "witness_two_histories", "Logs that have signed two roots of one size", ""
        )
        self.log_check = self._gauge(
            "log_check", "What an agency misses in the published logs, by code", "realm code"
        )
        self.passed_over = self._counter(
            "passed_over", "Records at which a fault of this service showed", "topic"
        )
        self.store = self._gauge(
            "store", "1 where what was read is kept on disk, 0 in memory alone", "realm"
        )
        self.partitions = self._gauge("partitions", "Partitions that the realm has", "realm")
        self.layout_shards = self._gauge("layout_shards", "Shards that are ordered", "realm")
        self.directory_expires = self._gauge(
            "directory_expires_timestamp_seconds", "End of the directory in force", "realm"
        )
        self.keys_end = self._gauge(
            "keys_end_timestamp_seconds", "When a desk has no key left to be sealed to", "realm"
        )
        self.audited = self._gauge(
            "audited_timestamp_seconds", "Instant of the newest record audited", "realm"
        )
        self.cases = self._gauge("cases", "Cases that the state knows", "realm partition")

        # Progress.
        self.written_until = self._gauge(
            "written_until_seconds", "Instant by which all that fell due is recorded", "realm"
        )
        self.lag = self._gauge("lag", "Records still to read", "topic partition")
        self.open_transaction = self._gauge(
            "open_transaction_seconds", "Held up by an open transaction", "topic partition"
        )
        self.last_progress = self._gauge(
            "last_progress_timestamp_seconds", "When a loop last got on", "loop"
        )
        self.transaction = self._histogram(
            "transaction_seconds", "From begin to committed", "realm", SECONDS
        )
        self.batch = self._histogram("batch_events", "Events in a transaction", "realm", SIZES)
        self.skew = self._gauge("clock_skew_seconds", "Our clock less the brokers'", "realm")
        self.aborts = self._counter("aborts", "Transactions given up, by cause", "realm code")

        # Certificates: whoever renews them looks here.
        self.certificate = self._gauge(
            "tls_expires_timestamp_seconds", "End of the certificates in use", "kind"
        )

        # Memory: what this process has, by the standard name, and what it may have.
        self.registry.register(Memory())
        self._add_log()
        self._add_http()

    def _add_log(self) -> None:
        """What an auditor's service says of the log and its published heads."""
        self.readings = self._gauge(
            "log_readings", "Readings of the log that the home's file of readings has", ""
        )
        self.checkpoint = self._gauge(
            "checkpoint_timestamp_seconds",
            "When all that was read was under the head that is shown",
            "realm partition",
        )
        self.quorum = self._gauge(
            "checkpoint_quorum", "Fewest witnesses that the owners' policy asks for", "realm"
        )
        self.cosignatures = self._gauge(
            "checkpoint_cosignatures", "Witnesses of the head that is shown", "realm partition"
        )

    def _add_http(self) -> None:
        """Of requests that come and webhooks that go, by the role of the desk concerned."""
        # HTTP: the route's template, never the path that was asked for.
        self.requests = self._counter("http_requests", "Answers", "method route status")
        self.turned_away = self._counter("turned_away", "Requests refused at the door", "code")
        self.answer = self._histogram("http_seconds", "Time to answer", "method route", SECONDS)

        self.webhook_pending = self._gauge(
            "webhook_pending", "Arrivals of which the receiver does not know yet", "role"
        )
        self.webhook_late = self._gauge(
            "webhook_late_seconds", "Since the first try of what was not taken yet", "role"
        )
        self.webhook_stopped = self._gauge(
            "webhook_stopped", "Desks whose receiver is told nothing more", "role"
        )
        self.webhook_tries = self._counter("webhook_tries", "Tries, by outcome", "role outcome")

    def page(self) -> bytes:
        """The text that `/metrics` answers."""
        return generate_latest(self.registry)

    def follow(self, taken: Callable[[], Mapping[tuple[str, int], int]]) -> None:
        """Export, for each input (topic, partition), the offset after the last record taken.

        Read when asked for, so that whoever knows what was written sees at once when it was taken.
        """
        self.registry.register(_Taken(taken))

    def follow_undecided(self, read: Callable[[], int]) -> None:
        """Export how many own events wait for routing's decision, read when asked for."""
        gauge = Gauge("relais_undecided", "Own events not decided yet", registry=self.registry)
        gauge.set_function(read)

    def _counter(self, name: str, text: str, labels: str) -> Counter:
        return Counter(f"relais_{name}", text, _checked(labels), registry=self.registry)

    def _gauge(self, name: str, text: str, labels: str) -> Gauge:
        return Gauge(f"relais_{name}", text, _checked(labels), registry=self.registry)

    def _histogram(
        self, name: str, text: str, labels: str, buckets: tuple[float, ...]
    ) -> Histogram:
        names = _checked(labels)
        return Histogram(f"relais_{name}", text, names, registry=self.registry, buckets=buckets)


class _Taken(Collector):
    """The offsets of a service's inputs at the moment of asking."""

    def __init__(self, read: Callable[[], Mapping[tuple[str, int], int]]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        """One family, one sample an input."""
        family = GaugeMetricFamily(
            "relais_taken_offset", "Next offset of an input", labels=["topic", "partition"]
        )
        for (topic, partition), offset in self._read().items():
            family.add_metric([topic, str(partition)], offset)
        yield family


def _checked(labels: str) -> list[str]:
    names = labels.split()
    if not LABELS.issuperset(names):
        raise ValueError(f"got labels {names!r}, expected only those of LABELS")
    return names

"""Drift as the console has read it, among its own metrics: Prometheus reads no file of a home."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.console.watch import ConsoleWatch
from services.operate.gauge import CHECKED, DRIFT

KIND: Final = ["kind"]


class DriftSeen(Collector):
    """`relais_drift` and when it was looked for; nothing where nobody has looked."""

    def __init__(self, watch: ConsoleWatch) -> None:
        self._watch = watch

    def collect(self) -> Iterator[Metric]:
        """Two families, a sample a kind each."""
        rows = self._watch.state.drift if self._watch.state is not None else {}
        drift = GaugeMetricFamily(DRIFT, "Differences from what was agreed", labels=KIND)
        checked = GaugeMetricFamily(CHECKED, "When it was looked for last", labels=KIND)
        for kind, (number, at) in rows.items():
            drift.add_metric([kind], number)
            checked.add_metric([kind], at)
        yield from (drift, checked)

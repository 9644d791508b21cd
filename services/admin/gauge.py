"""Drift as a metric: a file for node_exporter's textfile collector, or for whatever serves files.

    relais_drift{kind="right_extra"} 1
    relais_drift_checked_seconds{kind="right_extra"} 1795514400

An alert on `relais_drift > 0` finds drift; one on the age of `relais_drift_checked_seconds` finds that
nobody looks any more. Topics and rights are two checks: give each a file of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile


def write_gauge(path: Path, found: Mapping[str, int], at: int) -> None:
    """Replace a file in one step.

    Args:
        found: kind of drift -> number of differences, 0 included (`services.admin.drift.counts`).
        at: instant of the check by the machine's own clock, seconds.
    """
    registry = CollectorRegistry()
    drift = Gauge("relais_drift", "Differences from what was agreed", ["kind"], registry=registry)
    checked = Gauge(
        "relais_drift_checked_seconds", "When it was looked for last", ["kind"], registry=registry
    )
    for kind, number in found.items():
        drift.labels(kind).set(number)
        checked.labels(kind).set(at)
    write_to_textfile(str(path), registry)

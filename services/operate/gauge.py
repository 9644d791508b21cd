"""Drift as a metric: a file for node_exporter's textfile collector, or for whatever serves files.

    relais_drift{kind="right_extra"} 1
    relais_drift_checked_seconds{kind="right_extra"} 1795514400

An alert on `relais_drift > 0` finds drift; one on the age of `relais_drift_checked_seconds` finds
that nobody looks any more. Topics and rights are two checks, into one file or two: each replaces
its own kinds and leaves the other's as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile
from prometheus_client.parser import text_string_to_metric_families

from services.operate.drift import RIGHT_KINDS, TOPIC_KINDS

DRIFT: Final = "relais_drift"
CHECKED: Final = "relais_drift_checked_seconds"
DRIFT_FILE: Final = "drift.prom"  # of a home: what the last checks of it said


def write_gauge(path: Path, counts: Mapping[str, int], at: int) -> None:
    """Replace a file in one step; what it says of other kinds stays in it.

    Args:
        counts: kind of drift -> number of differences, 0 included
            (`services.operate.drift.counts`).
        at: instant of the check by the machine's own clock, seconds.
    """
    registry = CollectorRegistry()
    drift = Gauge(DRIFT, "Differences from what was agreed", ["kind"], registry=registry)
    checked = Gauge(CHECKED, "When it was looked for last", ["kind"], registry=registry)
    rows = read_gauge(path) | {kind: (number, at) for kind, number in counts.items()}
    for kind, (number, instant) in rows.items():
        drift.labels(kind).set(number)
        checked.labels(kind).set(instant)
    write_to_textfile(str(path), registry)


def read_gauge(path: Path) -> dict[str, tuple[float, float]]:
    """Kind -> number and instant, as checks have written them last; what is not ours is nothing."""
    said: dict[str, dict[str, float]] = {DRIFT: {}, CHECKED: {}}
    try:
        for family in text_string_to_metric_families(path.read_text("utf-8")):
            for sample in family.samples:
                said.get(sample.name, {})[sample.labels.get("kind", "")] = sample.value
    except (FileNotFoundError, ValueError):
        return {}
    kinds = (*TOPIC_KINDS, *RIGHT_KINDS)
    both = said[DRIFT].keys() & said[CHECKED].keys()
    return {kind: (said[DRIFT][kind], said[CHECKED][kind]) for kind in kinds if kind in both}

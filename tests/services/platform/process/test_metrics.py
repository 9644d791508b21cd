"""Metrics: numbers with a closed set of labels, and the memory that a service takes and may."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from services.platform.process import metrics
from services.platform.process.metrics import LABELS, Metrics

MIB = 1 << 20


def test_no_metric_has_a_label_that_could_name_a_person_or_a_case() -> None:
    """All are from the closed list; a desk by what a directory says of it, or by a flood."""
    registry = CollectorRegistry()
    shown = vars(Metrics("routing", registry))

    labels = {name: set(getattr(one, "_labelnames", ())) for name, one in shown.items()}
    names = set[str]().union(*labels.values())

    assert names <= LABELS | {"service"}
    assert not names & {"case", "sub", "jti", "iss", "name", "path"}
    assert [name for name in labels if "desk" in labels[name]] == ["desks_closed", "cases_opened"]


def test_a_containers_limit_is_found(tmp_path: Path) -> None:
    """A container sees its own control group as the root."""
    (tmp_path / "memory.max").write_text(f"{320 * MIB}\n")

    assert metrics.limit(tmp_path) == 320 * MIB


def test_every_service_tells_what_it_takes_and_what_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the standard name, and by ours; without a limit the second has no sample."""
    pages = []
    for number in (320 * MIB, None):
        monkeypatch.setattr(metrics, "limit", lambda number=number: number)
        pages.append(Metrics("routing").page().decode().splitlines())

    for page in pages:
        rows = [row for row in page if row.startswith("process_resident_memory_bytes ")]
        assert float(rows[0].split()[1]) > MIB
    assert "relais_memory_limit_bytes 3.3554432e+08" in pages[0]
    assert not [row for row in pages[1] if row.startswith("relais_memory_limit_bytes ")]

"""The limit of memory that a service tells: its container's, or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.platform.process import metrics
from services.platform.process.metrics import Metrics

MIB = 1 << 20


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

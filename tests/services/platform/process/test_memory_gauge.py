"""The limit of memory that a service tells: its container's, or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.platform.process import metrics
from services.platform.process.metrics import Metrics

MIB = 1 << 20


def told(folder: Path, own: str, file: str, text: str) -> int | None:
    """The limit that control groups with such a file tell."""
    (folder / "own").write_text(own)
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(text)
    return metrics.limit(folder, folder / "own")


def test_a_containers_limit_is_found(tmp_path: Path) -> None:
    """A container sees its own control group as the root."""
    assert told(tmp_path, "0::/\n", "memory.max", f"{320 * MIB}\n") == 320 * MIB


def test_a_limit_of_the_own_group_is_found_outside_a_container(tmp_path: Path) -> None:
    """As systemd sets it for one unit."""
    assert told(tmp_path, "0::/x.service\n", "x.service/memory.max", "1000\n") == 1000


def test_an_older_kernels_limit_is_found_and_its_word_for_none_known(tmp_path: Path) -> None:
    """Version 1 has a file of another name, and no word for "none"."""
    found = [
        told(tmp_path, "5:memory:/docker/x\n", "memory/memory.limit_in_bytes", f"{number}\n")
        for number in (320 * MIB, 2**63 - 4096)
    ]

    assert found == [320 * MIB, None]


def test_what_a_process_has_is_told_or_nothing_is(tmp_path: Path) -> None:
    """A system without `/proc` has no such number; it stops nobody."""
    assert metrics.resident(tmp_path / "statm") is None
    assert (metrics.resident() or 0) > MIB


@pytest.mark.parametrize("own", ["0::/\n", "", "0::/gone\n"])
def test_no_limit_is_none(own: str, tmp_path: Path) -> None:
    """`max`, or nothing to read: nobody has said anything."""
    assert told(tmp_path, own, "memory.max", "max\n") is None


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

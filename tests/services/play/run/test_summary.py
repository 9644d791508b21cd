"""What `relais up` shows once everything runs."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from rich.console import Console

from services.operate.home.home import Home
from services.play.kafka import brokers
from services.play.run import summary
from services.play.run.launch import Federation
from tests.kafka_like import cluster_of


def federation(home: Path) -> Federation:
    """Its home, its services and three nodes, as far as the table asks."""
    desks = ("crip", "ase", "pmi", "home-1", "home-2", "mo")
    service = SimpleNamespace(name="child_welfare", url="http://127.0.0.1:40001", desks=desks)
    nodes = ",".join(f"127.0.0.1:3000{at}" for at in (1, 2, 3))
    found = SimpleNamespace(
        home=Home(home), bootstrap=nodes, services=(service,), pids={"child_welfare": 4_000_001},
        urls={"console": "http://127.0.0.1:40009"},
        prepared=SimpleNamespace(passwords={"operator": "synthetic"}, desk_passwords={"crip": "synthetic"}),
    )  # fmt: skip
    return cast("Federation", found)


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_no_address_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str) -> None:
    """Each node has its own in its row, on a terminal of 80 columns."""
    places = {f"kafka-{at}": f"127.0.0.1:3000{at}" for at in (1, 2, 3)}
    pids = {name: 4_000_010 + at for at, name in enumerate(places)}
    found = cluster_of(30001, 30002, 30003, pids=tuple(pids.values()))
    monkeypatch.setattr(brokers, "status", lambda _: found)
    out = io.StringIO()

    summary.show(Console(file=out, width=80), federation(tmp_path), lang)

    rows: list[list[Any]] = [line.split() for line in out.getvalue().splitlines()]
    for name, place in places.items():
        assert [name, place, str(pids[name])] in rows
    assert any(row[:2] == ["child_welfare", "http://127.0.0.1:40001"] for row in rows)
    assert any(row[-1:] == ["http://127.0.0.1:40009"] for row in rows)
    assert any("synthetic" in row or "synthetic," in row for row in rows)

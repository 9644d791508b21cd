"""A home remembers its shape; what its data cannot become is refused before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.errors import UsageError
from services.play.kafka import brokers
from services.play.run.shape import FILE, Shape, keep, wanted
from tests.kafka_like import cluster_of
from tests.services.texts.typed import as_typed


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The home has the data of one plain node, which does not run now."""
    monkeypatch.setattr(brokers, "status", lambda _: cluster_of(1))
    keep(tmp_path, Shape(shards=2))


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The home has the data of three nodes with TLS."""
    monkeypatch.setattr(brokers, "status", lambda _: cluster_of(1, 2, 3, tls=tmp_path / "tls"))
    keep(tmp_path, Shape(shards=2, nodes=3, tls=True))


def test_a_second_start_goes_on_as_the_first(tmp_path: Path, cluster: None) -> None:
    """Nobody has to type it again, and no shard goes for want of saying so."""
    assert wanted(tmp_path) == Shape(2, 3, tls=True)
    assert wanted(tmp_path, shards=3) == Shape(3, 3, tls=True)


@pytest.mark.parametrize(
    ("nodes", "tls", "asked"),
    [(3, True, "3 nodes with TLS"), (3, None, "3 nodes without TLS"), (None, True, "1 node with")],
)
def test_a_plain_node_becomes_no_cluster(
    nodes: int | None, tls: bool | None, asked: str, tmp_path: Path, ran: None
) -> None:
    """What the home is, and that another home is the way."""
    with pytest.raises(UsageError, match="home_has_other_kafka") as refused:
        wanted(tmp_path, nodes=nodes, tls=tls)

    assert as_typed(refused.value.got) == "Kafka's data of 1 node without TLS"
    assert asked in refused.value.expected
    assert "another --home" in refused.value.expected


@pytest.mark.parametrize("text", ['{"shards": "two"}', '{"shards": 2, "zones": 3}'])
def test_a_file_that_says_something_else_is_told(text: str, tmp_path: Path) -> None:
    """By its place; what a later release wrote beside ours too, and the file stays as it is."""
    (tmp_path / FILE).write_text(text)

    with pytest.raises(UsageError, match="shape_malformed"):
        wanted(tmp_path)

    assert (tmp_path / FILE).read_text() == text

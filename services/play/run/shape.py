"""What a home is: its shards, its Kafka nodes, and whether with TLS; kept as `shape.json` in it.

A second `relais up` goes on as the first one was told, and nobody has to type it again. Shards may
be changed by saying so; the data of Kafka's nodes is not spread anew, so another number of them, or
TLS for a plain node, is another home.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import orjson
from pydantic import ConfigDict, TypeAdapter, ValidationError

from contracts.errors import UsageError
from services.play.kafka import brokers
from services.texts import counted

FILE: Final = "shape.json"


@dataclass(frozen=True, slots=True)
class Shape:
    """What `relais up` was told.

    Attributes:
        shards: routing processes of the civil realm.
        nodes: of Kafka.
        tls: whether everybody shows a certificate to Kafka.
    """

    shards: int = 1
    nodes: int = 1
    tls: bool = False

    __pydantic_config__ = ConfigDict(extra="forbid")  # what a later release wrote beside it

    @property
    def plain_node(self) -> bool:
        """Whether Kafka is one node without TLS, which knows no rights."""
        return self.nodes == 1 and not self.tls

    @property
    def kafka(self) -> str:
        """In the words of the options."""
        with_tls = ("{n} node with TLS", "{n} nodes with TLS")
        without = ("{n} node without TLS", "{n} nodes without TLS")
        return counted(with_tls if self.tls else without, self.nodes)


_FILE: Final = TypeAdapter(Shape)


def read_shape(home: Path) -> Shape | None:
    """The shape that stands in a home; what Kafka's data shows wins; None: nothing ran here yet.

    Raises:
        UsageError: `shape_malformed`.
    """
    file, kafka = home / FILE, brokers.status(home / "kafka")
    try:
        kept = _FILE.validate_json(file.read_bytes()) if file.exists() else None
    except ValidationError:
        expected = "`shards`, `nodes` and `tls`"
        raise UsageError("shape_malformed", "another content", expected, str(file)) from None
    if not kafka.nodes:
        return kept
    return Shape(kept.shards if kept else 1, len(kafka.nodes), kafka.tls is not None)


def wanted(
    home: Path, *, shards: int | None = None, nodes: int | None = None, tls: bool | None = None
) -> Shape:
    """The shape to start: what was said, else what the home is, else one shard and one plain node.

    Raises:
        UsageError: `home_has_other_kafka`: the home's data is of another Kafka; `shape_malformed`.
    """
    before = read_shape(home)
    is_now = before or Shape()
    asked = Shape(
        is_now.shards if shards is None else shards,
        is_now.nodes if nodes is None else nodes,
        is_now.tls if tls is None else tls,
    )
    ran = bool(brokers.status(home / "kafka").nodes)
    if ran and (asked.nodes, asked.plain_node) != (is_now.nodes, is_now.plain_node):
        got = f"Kafka's data of {is_now.kafka}"
        expected = f"no --nodes or --tls here; for {asked.kafka}, another --home"
        raise UsageError("home_has_other_kafka", got, expected, str(home))
    return asked


def keep(home: Path, shape: Shape) -> None:
    """Write what the home is from now on."""
    home.mkdir(parents=True, exist_ok=True)
    (home / FILE).write_bytes(orjson.dumps(asdict(shape)) + b"\n")

"""The home of the local federation: one folder (`RELAIS_HOME`) that holds all it needs to go on.

    keys/…                    private keys and secrets, 0600: see `keys.py`
    owners.json               public keys of those who may order
    directory.<realm>.jws     the signed directories
    convention.yaml           the convention that it begins with; beside it, `.<party>.jws`, its
                              parties' signatures
    tlog-policy.<realm>       whom to believe on a realm's log; beside it, `.jws`, the owners'
    signature tokens/<desk>, tokens.json   bearer tokens, 0600, and their hashes
    outside/<realm>/<desk>.json   rows of desks that keep their keys themselves
    partitions, cleaned       how many a realm has; how soon Kafka cleans: where somebody chose
    addresses.json            where the services listen
    clock                     how far time was moved
    audit/readings.jsonl      who read a log, 0600: a line before each reading
    tls/                      a development CA and everybody's certificate, if Kafka wants them
    kafka/  state/  logs/     the broker's data; what services read of it, a cache; one log a
    service

Here is where things lie and who listens where: whoever needs no more, such as `relais status`,
reads no key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from contracts.errors import UsageError
from services.platform.process.durable_file import replace_file

if TYPE_CHECKING:
    from services.platform.kafka.connection.connection import Tls


@dataclass(frozen=True)
class HomeFolder:
    """Where a federation's files are."""

    path: Path

    def check(self) -> None:
        """Refuse a folder that is not there: the wrong one, more often than an old one.

        Raises:
            UsageError: `home_missing`.
        """
        if not self.path.is_dir():
            expected = "`relais up`, or --home / RELAIS_HOME"
            raise UsageError("home_missing", "no federation here", expected, str(self.path))

    @property
    def keys(self) -> Path:
        """Private keys and secrets."""
        return self.path / "keys"

    @property
    def kafka(self) -> Path:
        """The broker's state."""
        return self.path / "kafka"

    @property
    def tls(self) -> Path:
        """Certificates of everybody who connects to Kafka, and the authority that signs them."""
        return self.path / "tls"

    @property
    def logs(self) -> Path:
        """One log a service."""
        return self.path / "logs"

    @property
    def clock(self) -> Path:
        """How far time was moved."""
        return self.path / "clock"

    @property
    def restarts(self) -> Path:
        """How often each service that runs was started again."""
        return self.path / "running.json"

    @property
    def addresses_file(self) -> Path:
        """Where the services listen."""
        return self.path / "addresses.json"

    def certificate(self, principal: str) -> Tls:
        """The files with which a principal connects to Kafka."""
        from services.platform.kafka.connection.connection import Tls

        own = self.tls / principal
        return Tls(self.tls / "ca.pem", own.with_suffix(".pem"), own.with_suffix(".key"))

    @property
    def addresses(self) -> dict[str, Any]:
        """Name of a service -> where it listened last; `kafka` too; empty before a first start."""
        try:
            addresses: dict[str, Any] = orjson.loads(self.addresses_file.read_bytes())
        except (OSError, ValueError):
            return {}
        return addresses

    def note_addresses(self, addresses: Mapping[str, str]) -> None:
        """Write down where the services listen."""
        replace_file(self.addresses_file, orjson.dumps(addresses, option=orjson.OPT_INDENT_2))


def as_typed(path: Path) -> Path:
    """A path as it is typed from here: relative if it lies below the working directory."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path

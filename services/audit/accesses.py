"""Which desks were delivered which data of an event or a case, as the log records it."""

from __future__ import annotations

from typing import Any, Final

from contracts.encoding import json_object, rfc3339
from contracts.envelope.wire import Inbound
from contracts.log.chain import MALFORMED
from contracts.log.orders.registry import Registry
from contracts.vocabulary.schema import short
from services.audit.lives import effects_of


class Accesses:
    """The deliveries of one event, or of all events of one case.

    Attributes:
        rows: in the order of the log, as `relais audit who --format json` prints them.
        known: the log names it, whether or not anything of it was delivered.
    """

    def __init__(self, wanted: str) -> None:
        """Nothing yet of an event, by its id, or of a case, by its token."""
        self.rows: list[dict[str, Any]] = []
        self.known = False
        self._wanted: Final = wanted

    def take(self, record: Inbound, evidence: bytes | None, _registry: Registry) -> None:
        """Take a record with its evidence; what is malformed the replay finds."""
        if evidence is None or self._wanted.encode() not in evidence:
            return
        at = json_object(record.value).get("at")
        for effect in effects_of(json_object(evidence)):
            if self._wanted not in (effect.get("jti"), effect.get("sub")):
                continue
            self.known = True
            try:
                self._take(effect, at)
            except MALFORMED:
                continue

    def _take(self, effect: dict[str, Any], at: Any) -> None:
        if effect["k"] == "withdrawn":
            for row in self.rows:
                row["withdrawn"] = row["withdrawn"] or row["event"] == effect["jti"]
        elif effect["k"] == "event":
            self.rows += [
                {
                    "event": effect["jti"],
                    "type": effect["etype"],
                    "issuer": short(effect["iss"]),
                    "desk": short(desk),
                    "at": rfc3339(at),
                    "clause": given["grant"],
                    "scopes": given["scopes"],
                    "withdrawn": False,
                }
                for desk, given in effect["desks"].items()
                if given["grant"]  # what the bus itself lets travel holds nothing of anybody
            ]

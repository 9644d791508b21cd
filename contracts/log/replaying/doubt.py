"""What was decided by the word of a key that is said to have been stolen by then (keys §2.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contracts.keys.jose import kid_of
from contracts.log.orders.registry import Registry

IN_DOUBT: Final = "in_doubt"


class Doubt:
    """The keys that were stolen, and since when, by the directory adopted last."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._stolen: dict[str, int] = {}
        self._known = 0  # orders

    @property
    def stolen(self) -> Mapping[str, int]:
        """Key id -> the instant from which it may have been in other hands, seconds."""
        if len(self._registry.orders) != self._known:  # asked at each record: read once
            self._read()
        return self._stolen

    def of(self, record: Mapping[str, Any], evidence: Mapping[str, Any]) -> str:
        """The stolen key by which an event was decided that its thief may have signed; else empty.

        By when it was decided: its `iat` is whoever signs' to write.
        """
        stolen = self.stolen
        if not stolen or record["kind"] != "decided":
            return ""
        kid = kid_of(evidence["cover"])
        since = stolen.get(kid)
        return kid if since is not None and record["at"] >= since else ""

    def _read(self) -> None:
        orders, directories = self._registry.orders, self._registry.directories
        adopted = [order.target for order in orders if order.kind == "adopt_directory"]
        keys = directories[adopted[-1]].signing.values() if adopted else ()
        self._stolen = {key.kid: key.since for key in keys if key.since is not None}
        self._known = len(orders)

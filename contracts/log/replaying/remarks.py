"""What an auditor remarks of a record that is right: its issuer's chain, stolen keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contracts.keys.jose import kid_of
from contracts.log.orders.registry import Registry

IN_DOUBT: Final = "in_doubt"
Said = tuple[str, str] | tuple[str, str, bool]  # code, detail, whether it is an alarm
_CHAINS: Final[dict[str, Said]] = {
    "broken": ("prev_does_not_follow", "a cover is missing before this one"),
    "absent": ("prev_absent", "the issuer starts again", False),
}


def of_chain(decision: dict[str, Any]) -> list[Said]:
    """That an event does not follow its issuer's last one."""
    said = _CHAINS.get(decision.get("chain", ""))
    return [said] if said is not None else []


class Doubt:
    """The keys that were stolen, and since when, by the directory adopted last (keys §2.5)."""

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

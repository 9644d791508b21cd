"""What the log tells of an input that was put aside, and what the convention in force says against taking it back.

A cover stands in evidence where its signature verified: whose it is and to whom it was to go is known of it then,
and of nothing else. What is foreseen is what is sure without the bytes: a release is judged by the router all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from contracts.convention.agreed import agreed
from contracts.convention.retention import DAY_S, quarantine_days
from contracts.decision.state.state import Kept
from contracts.encoding import b64u, json_object, segments, sha256, unb64u_checked
from contracts.envelope.wire import Inbound
from contracts.errors import RelaisError
from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics
from contracts.vocabulary.schema import short
from contracts.vocabulary.scopes import EVENT_TYPES

BYTES_GONE: Final = "bytes_gone"
EXPIRED: Final = "expired"
NO_CLAUSE: Final = "no_clause"
UNKNOWN_CONVENTION: Final = "unknown_convention"
UNKNOWN_DESK: Final = "unknown_desk"
MOST_DESKS: Final = 32  # to whom an event goes, that are remembered


@dataclass(frozen=True, slots=True)
class KeptTold:
    """Of one input that was put aside.

    Attributes:
        agency: in whose outbox it lay; empty: nobody knows.
        issuer: urn of the desk that signed it; empty where its cover did not verify.
        to: urn and purpose of each desk that it names.
        etype, convd, expires: what its cover says.
    """

    agency: str = ""
    issuer: str = ""
    to: tuple[tuple[str, str], ...] = ()
    etype: str = ""
    convd: str = ""
    expires: int = 0

    @property
    def desk(self) -> str:
        """The issuer's short id; empty if nobody knows."""
        return short(self.issuer) if self.issuer else ""


def told(
    record: Inbound, evidence: bytes | None, before: Mapping[str, KeptTold]
) -> KeptTold | None:
    """What a record and its evidence tell; None if it puts nothing aside, or is malformed.

    Args:
        before: by leaf, of what was put aside earlier: a release in vain is of the same outbox.
    """
    if b'"quarantined"' not in (record.value or b""):
        return None
    said, beside = json_object(record.value), json_object(evidence)
    if said.get("kind") != "quarantined" or said.get("evd") != b64u(sha256(evidence or b"")):
        return None
    try:
        prefix = topics.outbox(said["realm"], "")
        topic = str(said["src"]["topic"])
        earlier = before.get(str(beside.get("released", "")), KeptTold())
        agency = topic.removeprefix(prefix) if topic.startswith(prefix) else earlier.agency
        return replace(_of_cover(beside.get("cover")), agency=agency)
    except (KeyError, TypeError, ValueError, AttributeError, RelaisError):
        return None  # the replay has found it already


def _of_cover(token: Any) -> KeptTold:
    """What a cover says whose signature the replay has verified."""
    if not token:
        return KeptTold()
    claims = json_object(unb64u_checked(segments(token, 3, "cover")[1]))
    issuer = str(claims["iss"])
    short(issuer)
    named = claims.get("to") or ()
    to = tuple((str(row["desk"]), str(row.get("purpose") or "")) for row in named[:MOST_DESKS])
    for urn, _purpose in to:
        short(urn)
    etype, convd = str(claims.get("etype", "")), str(claims.get("convd", ""))
    return KeptTold("", issuer, to, etype, convd, int(claims.get("exp", 0)))


class Against:
    """Why a release would be in vain by what is in force, as far as it is sure.

    Raises:
        LogError: `nothing_adopted`.
    """

    def __init__(self, realm: str, registry: Registry, now: int) -> None:
        self._realm, self._registry, self._now = realm, registry, now
        self._convd, dird = registry.in_force(now)
        self._convention, self._directory = (
            registry.conventions[self._convd],
            registry.directories[dird],
        )
        self._lasts = quarantine_days(self._convention, realm) * DAY_S

    def __call__(self, kept: Kept, told: KeptTold) -> str:
        """Code; empty if nothing is known against it."""
        if self._now >= kept.at + self._lasts:
            return BYTES_GONE
        if not told.convd:
            return ""
        if kept.first >= told.expires:
            return EXPIRED
        if not self._registry.accepts(told.convd, self._convd):
            return UNKNOWN_CONVENTION
        return self._by_clauses(told)

    def _by_clauses(self, told: KeptTold) -> str:
        issuer = self._directory.desk(told.issuer)
        if issuer is None or not agreed(self._convention, issuer):
            return UNKNOWN_DESK
        if told.etype not in EVENT_TYPES or not told.to:
            return ""
        rows = [(self._directory.desk(urn), purpose) for urn, purpose in told.to]
        known = [(row.role, way) for row, way in rows if row and agreed(self._convention, row)]
        granted = (
            self._convention.grant(self._realm, issuer.role, told.etype, way, role)
            for role, way in known
        )
        return "" if any(granted) else NO_CLAUSE if known else UNKNOWN_DESK

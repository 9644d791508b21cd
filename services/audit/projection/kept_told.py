"""What the log tells of an input that was put aside: in whose outbox it lay, and who signed it.

A cover stands in evidence where its signature verified: who signed it is known of it then, and of nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from contracts.encoding import b64u, json_object, segments, sha256, unb64u_checked
from contracts.envelope.wire import Inbound
from contracts.errors import RelaisError
from contracts.vocabulary import topics
from contracts.vocabulary.schema import short


class KeptTold(NamedTuple):
    """Of one input that was put aside.

    Attributes:
        agency: in whose outbox it lay; empty: nobody knows.
        desk: short id of the issuer; empty where its cover did not verify.
    """

    agency: str = ""
    desk: str = ""


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
        return KeptTold(agency, _issuer(beside.get("cover")))
    except (KeyError, TypeError, ValueError, AttributeError, RelaisError):
        return None  # the replay has found it already


def _issuer(token: Any) -> str:
    """Who signed a cover whose signature the replay has verified."""
    if not token:
        return ""
    return short(str(json_object(unb64u_checked(segments(token, 3, "cover")[1]))["iss"]))

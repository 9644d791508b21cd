"""What quarantine keeps of an input, byte for byte, and how it is taken back when it is released.

The record of quarantine has the input's value; its key and place stand beside it as headers, and
behind these its own, but for those that an agency writes for itself alone. The log knows the hash
of the value and trusts nothing else that lies there: key and headers are checked again, as those of
any input.
"""

from __future__ import annotations

import base64
from typing import Final

import orjson

from contracts.encoding import b64u, canonical, sha256
from contracts.envelope.wire import Inbound, Outbound
from contracts.errors import LogError
from contracts.vocabulary import topics

OWN_FOLLOW: Final = "fields"  # the header behind which the input's own stand
AGENCYS_OWN: Final = frozenset({"idem", "unsent", "own"})  # of an outbox: envelope §6.6


def put_aside(realm: str, record: Inbound, leaf: str, code: str) -> Outbound:
    """The raw input for the quarantine topic, its value byte for byte.

    Args:
        leaf: of the record that says so.
        code: why.
    """
    kept: list[tuple[str, bytes | None]] = [
        ("code", code.encode()),
        ("source", canonical({"topic": record.topic, "offset": record.offset})),
        ("null", b"1" if record.value is None else b"0"),
    ]
    if record.key is not None:
        kept.append(("key", base64.b64encode(record.key)))
    kept.append((OWN_FOLLOW, b""))
    kept += [(name, value) for name, value in record.headers if name not in AGENCYS_OWN]
    return Outbound(
        topics.quarantine(realm), record.partition, leaf.encode(), record.value or b"", kept
    )


def taken_back(kept: Inbound) -> Inbound:
    """The input as it was read, from a record of quarantine.

    Raises:
        LogError: `bytes_altered`: nothing that `put_aside` has written.
    """
    try:
        at = [name for name, _ in kept.headers].index(OWN_FOLLOW)
        beside = {name: value or b"" for name, value in kept.headers[:at]}
        source = orjson.loads(beside["source"])
        topic, offset = source["topic"], source["offset"]
        key = base64.b64decode(beside["key"], validate=True) if "key" in beside else None
    except (KeyError, TypeError, ValueError):
        raise LogError("bytes_altered", "another form", "a record of quarantine") from None
    if not isinstance(topic, str) or not isinstance(offset, int):
        raise LogError("bytes_altered", "another place", "a topic and an offset")
    value = None if beside.get("null") == b"1" else kept.value or b""
    own = kept.headers[at + 1 :]
    return Inbound(topic, kept.partition, offset, key, value, own, kept.timestamp_ms)


def checked_back(kept: Inbound, sha: str) -> Inbound:
    """The input that an order releases, if these are the bytes that came.

    Args:
        sha: b64u(SHA-256(value)) as the log has it.

    Raises:
        LogError: `bytes_altered`.
    """
    if not is_of(kept, sha):
        raise LogError("bytes_altered", "another hash", "the log's")
    return taken_back(kept)


def is_of(kept: Inbound, sha: str) -> bool:
    """Whether a record of quarantine has the bytes that the log knows by this hash."""
    return b64u(sha256(kept.value or b"")) == sha

"""Each member of each kind of record and its evidence, altered and signed by the router: found."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, Final

import orjson
import pytest

from contracts.encoding import b64u, canonical, leaf_hash, sha256, unb64u
from contracts.log.chain import KINDS, LEAF_LABEL, SIGNATURE_HEADER
from contracts.log.replaying.replay import Replayer
from tests.contracts.envelope import kit
from tests.contracts.log.replaying.test_records_of_any_form import every_kind
from tests.contracts.log.routed import read_back

# What evidence alone tells, and is believed (log §9): where an input lay and what it hashed to, the
# router's own salt, and all that quarantine says of bytes that only routing could read.
BELIEVED: Final = {
    "evidence.salt", "record.src.offset", "record.src.sha", "quarantined.evidence.bytes",
    "quarantined.evidence.code", "quarantined.evidence.place", "quarantined.record.at",
    "quarantined.record.src.topic",
}  # fmt: skip
GONE: Final = object()
Path = tuple[str | int, ...]


def members(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every member below a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for name, one in inner:
        yield (*path, name), one
        if isinstance(one, dict | list):
            yield from members(one, (*path, name))


def others(value: Any) -> Iterator[Any]:
    """What may stand in its place."""
    yield GONE
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from {value + 1, max(0, value - 1), 0} - {value}
    elif isinstance(value, str):
        yield from {"A" * len(value), f"{value}x"} - {value}
    elif isinstance(value, list):
        yield [*value, "x"]
        yield from [each for each in ([], value[::-1]) if each != value]
    else:
        yield {**value, "more": 1}


def with_other(whole: dict[str, Any], path: Path, other: Any) -> None:
    """Put something else in the place of a member, or nothing."""
    inner: Any = whole
    for name in path[:-1]:
        inner = inner[name]
    if other is GONE:
        del inner[path[-1]]
    else:
        inner[path[-1]] = other


def lies(record: dict[str, Any], beside: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Which member is another, and the record and the evidence with it."""
    whole = {"record": record, "evidence": beside}
    added = [(("record", "more"), [1]), (("evidence", "more"), [1])]
    for path, value in [*added, *members(record, ("record",)), *members(beside, ("evidence",))]:
        for other in value if path[-1] == "more" else others(value):
            changed = deepcopy(whole)
            with_other(changed, path, other)
            yield ".".join(map(str, path)), changed["record"], changed["evidence"]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_altered_member_is_found(kind: str) -> None:
    """With evidence that fits it, chained and signed: but for what is believed."""
    bus, router = every_kind(), kit.realm().router
    logs = {number: bus.log(number) for number in bus.routers}
    places = [(number, at) for number, log in logs.items() for at in range(len(log))]
    is_kind = f'"kind":"{kind}"'.encode()
    number, at = next(one for one in places if is_kind in logs[one[0]][one[1]].value)
    known, missed, count = bus.evidence(number), set(), 0
    row = logs[number][at]
    record, beside = orjson.loads(row.value), orjson.loads(known[row.key.decode()])

    for path, altered, evidence in lies(record, beside):
        text = canonical(evidence)
        if path != "record.evd":
            altered["evd"] = b64u(sha256(text))
        value = canonical(altered)
        signature = b64u(router.sign(LEAF_LABEL + unb64u(leaf_hash(value))))
        headers = ((SIGNATURE_HEADER, canonical({"kid": router.kid, "sig": signature})),)
        replayer = Replayer("civil", number, bus.registry)
        for earlier in logs[number][:at]:
            replayer.step(read_back(earlier.value, earlier.headers), known[earlier.key.decode()])
        found = replayer.step(read_back(value, headers), text)
        count += 1
        if not any(one.alarm for one in found):
            missed.add(path)

    assert missed <= {one.removeprefix(f"{kind}.") for one in BELIEVED}
    assert count > 40

"""A publisher that has the vectors alone: stock npm `jose` seals and signs, our router delivers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from contracts.encoding import canonical, unb64u
from contracts.envelope.receive import (
    Delivery,
    RecipientContext,
    addressee,
    check_notice,
    open_delivery,
)
from contracts.envelope.wire import Inbound, Outbound
from contracts.vocabulary.events import read_body
from contracts.vocabulary.schema import short
from tests.shell import node_says
from tests.vectors.conformance.workbench import LONGEST
from tests.vectors.specification import whole
from tests.vectors.specification.federation import AT, CRIP, KEYS, PARQUET, SCHOOL
from tests.vectors.specification.whole import routed

GIVEN: Final[dict[str, Any]] = whole.event()["given"]

pytestmark = pytest.mark.node


def published(node: Path, **changes: Any) -> Inbound:
    """A record that Node made of what the vectors give, as the router reads it."""
    made = node_says(node, "publish.mjs", GIVEN | changes)
    headers = tuple((name, text.encode()) for name, text in made["headers"])
    return Inbound(
        made["topic"], made["partition"], 0, made["key"].encode(), made["value"].encode(), headers,
        AT * 1000,
    )  # fmt: skip


def context(desk: str) -> RecipientContext:
    """What a desk of the vectors holds its arrivals against."""
    return RecipientContext(desk, KEYS.directory, KEYS.rings[short(desk)], read_body)


def arrived(out: Sequence[Outbound], desk: str) -> list[Outbound]:
    """What lies for a desk in its agency's inbox."""
    inbox = f"relais.civil.inbox.{KEYS.directory.desks[desk].agency}"
    return [
        one for one in out if one.topic == inbox and addressee(one.value, one.headers)[0] == desk
    ]


def opened(out: Sequence[Outbound], desk: str) -> Delivery:
    """The one delivery in a desk's inbox."""
    (row,) = arrived(out, desk)
    return open_delivery(row.value, row.headers, context(desk))


def notice_of(row: Outbound) -> dict[str, Any]:
    """What the school is told by a notice."""
    return check_notice(addressee(row.value, row.headers)[2], context(SCHOOL))


@pytest.mark.parametrize("facts", [whole.FACTS, LONGEST], ids=["short", "at their bound"])
def test_what_node_publishes_is_delivered_and_opened(node: Path, facts: dict[str, Any]) -> None:
    """Each addressee gets its own parts, with the bodies given to Node; none is put aside."""
    bodies = whole.BODIES | {"FACTS": facts}
    to = [{**one, "bodies": {name: bodies[name] for name in one["bodies"]}} for one in GIVEN["to"]]
    _, out = routed(published(node, to=to))

    assert opened(out, PARQUET).bodies == bodies
    assert opened(out, CRIP).bodies == {name: bodies[name] for name in ("IDENTITY", "FACTS")}
    assert [one for one in out if one.topic.endswith(".quarantine")] == []
    (row,) = arrived(out, SCHOOL)
    notice = notice_of(row)
    assert (notice["kind"], notice["refused"]) == ("decided", False)


def test_what_node_seals_is_in_its_own_order(node: Path) -> None:
    """Its heads are not canonical: the test above would else show nothing."""
    data = orjson.loads(published(node).value or b"")["data"]

    for part in data["parts"]:
        head = unb64u(part.split(".")[0])
        assert canonical(orjson.loads(head)) != head


def test_the_next_event_follows_the_one_before(node: Path) -> None:
    """`prev` names the cover before it, and the chain is whole."""
    first = published(node)
    key = (first.key or b"").decode()
    second = published(node, at=AT + 1, prev={first.partition: key})

    _, out = routed(first, second)

    notices = [notice_of(one) for one in arrived(out, SCHOOL)]
    chains = [
        orjson.loads(one.value)["decision"]["chain"]
        for one in out
        if one.topic.endswith(".evidence") and b'"decision"' in one.value
    ]
    assert [one["kind"] for one in notices] == ["decided", "decided"]
    assert chains == ["ok", "ok"]

"""A stolen key floods one partition, or one case, past its desk's service: routing holds the convention's figures, and others go on."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from contracts.convention.load import load
from contracts.envelope.receive import addressee, open_notice
from contracts.envelope.wire import Outbound
from contracts.log.orders.registry import Registry
from contracts.log.rebuild import rebuild
from contracts.vocabulary import topics
from services.agency.office.inbox.inbox_fold import context_of
from services.platform.kafka.orders import control
from tests.contracts.convention.amended import limited
from tests.contracts.convention.parties import signatures
from tests.contracts.envelope.kit import NOW, inbox, realm
from tests.kafka import kit

pytestmark = [pytest.mark.kafka, pytest.mark.anyio, pytest.mark.slow]

MOST = 20  # cases that a desk may open in an hour
FREE = 10  # deliveries of its own on one case that cost nothing
FLOOD = 400  # events of the thief, all of one partition
TARGET = 3
HONEST = ("edu-h-1", "pmi", "asso")
ALERTS = 30  # of these, on all partitions
THIEF = "edu-s"


async def limited_realm(bootstrap: str) -> str:
    """A realm whose convention has figures; the convention's digest."""
    await kit.prepare(bootstrap)
    text = limited(MOST, deliveries=FREE)
    await control.adopt_convention(
        bootstrap, kit.REALM, kit.owners(), text.decode(), signatures(text), start=NOW,
        signers=[kit.OWNER],
    )  # fmt: skip
    return load(text).digest


def flood(publisher: kit.Publisher, convd: str, first: int, count: int) -> list[Outbound]:
    """New cases without end, whose tokens all fall on one partition."""
    records: list[Outbound] = []
    case = first
    while len(records) < count:
        case += 1
        _, record = publisher.event(case, THIEF, convd=convd)
        if record.partition == TARGET:
            records.append(record)
        else:  # never published: the chain there goes on from what was
            publisher.chains.pop((THIEF, record.partition), None)
    return records


def others(publisher: kit.Publisher, convd: str) -> list[Outbound]:
    """What the other desks raise in the same minute."""
    return [
        publisher.event(1_000_000 + case, HONEST[case % len(HONEST)], convd=convd)[1]
        for case in range(ALERTS)
    ]


async def told(bootstrap: str, desk: str) -> list[dict[str, Any]]:
    """What routing decided of a desk's events, as its signed notices say."""
    name, here = inbox(kit.REALM, desk), realm(kit.REALM)
    context = context_of(kit.REALM, desk, here.directory, here.rings[desk])
    found = [
        open_notice(record.value, record.headers, context)
        for record in (await kit.read(bootstrap, name))[name]
        if addressee(record.value, record.headers)[:2] == (here.urn(desk), True)
    ]
    return [one for one in found if one["kind"] == "decided"]


async def test_a_stolen_key_opens_its_desks_figure_in_a_partition_and_no_more(
    fresh: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Refusals are signed and say when; others' alerts pass in the same minute; the next hour opens as many."""
    convd = await limited_realm(fresh)
    publisher, honest = kit.Publisher(fresh), kit.Publisher(fresh, count=1_000_000)
    records, alerts = flood(publisher, convd, 0, FLOOD), others(honest, convd)
    later = flood(publisher, convd, 500_000, MOST + 5)

    async with kit.router(fresh, tmp_path):
        await kit.until(fresh, {"adopted": 18})
        started = time.monotonic()
        await asyncio.gather(publisher.publish(records), honest.publish(alerts))
        await kit.until(fresh, {"decided": FLOOD + ALERTS})
        took = time.monotonic() - started
        kit.move_clock(tmp_path, NOW + 3600)
        await publisher.publish(later)
        log = await kit.until(fresh, {"decided": FLOOD + ALERTS + len(later)})

    notices = await told(fresh, THIEF)
    refused = [one for one in notices if one["refused"]]
    assert len(notices) == FLOOD + len(later)
    assert Counter(one["again"] for one in refused) == {
        NOW + 3600: FLOOD - MOST, NOW + 7200: len(later) - MOST,
    }  # fmt: skip
    assert {tuple(one["reasons"]) for one in refused} == {("too_many_new_cases",)}
    for desk in HONEST:
        assert not any(one["refused"] for one in await told(fresh, desk))
    state = await folded(fresh, TARGET)
    honest_here = sum(record.partition == TARGET for record in alerts)
    assert len(state.cases) == 2 * MOST + honest_here
    assert set(state.opened) <= {realm(kit.REALM).urn(desk) for desk in (THIEF, *HONEST)}
    with capsys.disabled():
        rows = sum(one["partition"] == TARGET for one in log)
        sys.stdout.write(
            f"\n{FLOOD} events of a stolen key beside {ALERTS} of others decided in {took:.1f} s; "
            f"{rows} records in its partition, {len(state.cases)} cases, {len(state.opened)} counts\n"
        )


async def test_a_stolen_key_fills_no_case(fresh: str, tmp_path: Path) -> None:
    """All on one case: its price rises with what it holds, others' alerts pass, and the next hour takes fewer."""
    convd = await limited_realm(fresh)
    publisher, honest = kit.Publisher(fresh), kit.Publisher(fresh, count=1_000_000)
    records = [publisher.event(1, THIEF, convd=convd)[1] for _ in range(FLOOD)]
    later = [publisher.event(1, THIEF, convd=convd)[1] for _ in range(MOST)]
    alerts = others(honest, convd)
    first, second = (1 + 9) + 10 + 4, 6 + 2  # one opens it, nine are free, then at 1, 2 and 3 each

    async with kit.router(fresh, tmp_path):
        await kit.until(fresh, {"adopted": 18})
        await asyncio.gather(publisher.publish(records), honest.publish(alerts))
        await kit.until(fresh, {"decided": FLOOD + ALERTS})
        kit.move_clock(tmp_path, NOW + 3600)
        await publisher.publish(later)
        await kit.until(fresh, {"decided": FLOOD + ALERTS + len(later)})

    refused = [one for one in await told(fresh, THIEF) if one["refused"]]
    assert Counter(one["again"] for one in refused) == {
        NOW + 3600: FLOOD - first, NOW + 7200: len(later) - second,
    }  # fmt: skip
    assert {tuple(one["reasons"]) for one in refused} == {("too_much_on_case",)}
    for desk in HONEST:
        assert not any(one["refused"] for one in await told(fresh, desk))
    state = await folded(fresh, records[0].partition)
    assert max(len(case.events) for case in state.cases.values()) == first + second


async def folded(bootstrap: str, number: int) -> Any:
    """The state that a partition's log adds up to."""
    names = [f(kit.REALM) for f in (topics.control, topics.decisions, topics.evidence)]
    found = await kit.read(bootstrap, *names)
    registry = Registry(kit.REALM, kit.owners())
    registry.extend([one.value or b"" for one in found[names[0]]])
    own = [[one for one in found[name] if one.partition == number] for name in names[1:]]
    rows = [(one.value, one.headers) for one in own[0]]
    proofs = {(one.key or b"").decode(): one.value or b"" for one in own[1]}
    return rebuild(kit.REALM, number, rows, proofs, registry)

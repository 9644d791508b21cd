"""Three times what an intake can take, on a real broker: it says so, stays small, and recovers."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Final

import pytest

from contracts.vocabulary.principals import ADMIN
from services.operate.home.planned import planned_topics
from services.play.kafka.fetch import fetch_jars
from services.play.run.plan import Plan
from services.play.run.prepare import PreparedHome, prepared
from tests import samples
from tests.contracts.convention.kit import without_figures
from tests.faults.pressure import ACCEPTED, Load, Offered, Watch, resident
from tests.faults.processes import Keeper, keepers
from tests.faults.world import begins
from tests.simulation.ledger import Ledger, read_ledger

pytestmark = [pytest.mark.anyio, pytest.mark.kafka, pytest.mark.slow]

SECONDS: Final = float(os.environ.get("RELAIS_PRESSURE_S", "10"))  # of too much
TIMES: Final = 3  # the sustainable rate
OFFERS: Final = 3  # until one is bound by the intake, not by our own callers
CALLERS: Final = 24  # whose closed loop finds it
FIND_S: Final = 4.0  # of one look for it; the best of several: this machine is not ours alone
LOOKS: Final = 4
SERVICES: Final = ("education", "routing-civil-0")
LATER: Final = (429, 503)
MB: Final = 1 << 20
KEPT: Final = 5 << 10  # bytes that an accepted event may leave in the fold, for its 90 days
SLACK: Final = 48 * MB  # requests in hand, the allocator's own
ROUTED_S: Final = 120.0


@asynccontextmanager
async def school(path: Path) -> AsyncIterator[tuple[PreparedHome, dict[str, Keeper]]]:
    """Education and its router, at work."""
    await asyncio.to_thread(fetch_jars)
    without_figures(path)
    async with prepared(path, Plan(start=begins())) as ready:
        services = [one for one in ready.services if one.name in SERVICES]
        kept = keepers(services, path / "logs")
        try:
            for one in kept.values():
                one.begin()
            for one in kept.values():
                assert await one.ready(120), one.name
            yield ready, kept
        finally:
            codes = [await one.stop() for one in kept.values()]
            assert codes == [0] * len(kept)


async def test_three_times_too_much_is_refused_and_nothing_accepted_is_lost(
    tmp_path: Path,
) -> None:
    """429 or 503 with Retry-After, memory by what was accepted, `/live`; then as before."""
    async with school(tmp_path) as (ready, kept):
        intake = kept["education"]
        load = Load(
            intake.port,
            [ready.home.token(desk) for desk in ("edu-s", "edu-h-1")],
            [
                samples.sample("education", "information_preoccupante", reference=f"case {number}")
                for number in range(40)
            ],
        )
        looks = [await load.closed(CALLERS, FIND_S) for _ in range(LOOKS)]
        before = max(looks, key=lambda look: look.rate)
        watch = Watch(intake.pid, intake.port)
        watching = asyncio.create_task(watch.run())
        began, pid = resident(intake.pid), intake.pid
        spans = [await load.offered(TIMES * before.rate, SECONDS)]
        while _was_ours(spans[-1]) and len(spans) < OFFERS:
            spans.append(await load.offered(TIMES * before.rate, SECONDS))
        during = spans[-1]
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        after = await load.closed(4, FIND_S)
        again = await load.in_doubt()
        load.close()
        all_spans = (*looks, *spans, after, again)
        ledger = await _routed(ready, *all_spans)

        assert (intake.pid, intake.codes) == (pid, {})
    accepted = sum(span.statuses[ACCEPTED] for span in spans)
    _tell(before, during, after, watch, began, accepted)
    assert before.statuses.keys() == {ACCEPTED}
    assert during.statuses.keys() <= {ACCEPTED, *LATER}
    assert during.statuses[429] + during.statuses[503] > 0
    assert not _was_ours(during)
    assert all(int(one.retry_after) > 0 for one in during.answers if one.status in LATER)
    assert max(watch.memory) - began < SLACK + KEPT * accepted
    assert max(watch.work) < 2.5  # 1.1 s in the first look; neighbours change clocks, not this
    assert median(watch.late) < median(_taken(during))  # it overtakes what waits for Kafka
    assert after.statuses.keys() == {ACCEPTED}
    assert again.statuses.keys() <= {ACCEPTED}
    events = [event for span in all_spans for event in span.events]
    published = {one.event for one in ledger.published}
    assert sorted(events) == sorted(published)
    assert len(ledger.decided) == len(ledger.published) == len(published)


def _was_ours(span: Offered) -> bool:
    """Whether the load was ours to bound: neighbours on this machine slow callers too."""
    return span.unsent >= 0.01 * span.offered


def _taken(span: Offered) -> list[float]:
    """Seconds after which each record was accepted."""
    return [one.seconds for one in span.answers if one.status == ACCEPTED]


async def _routed(ready: PreparedHome, *spans: Offered) -> Ledger:
    """The ledger once all that was accepted is decided."""
    count = sum(len(span.events) for span in spans)
    names = [one.name for one in planned_topics(ready.home) if ".civil." in one.name]
    async with asyncio.timeout(ROUTED_S):
        while True:
            ledger = await read_ledger(ready.bus(ADMIN), names)
            if len(ledger.decided) >= count:
                return ledger
            await asyncio.sleep(1)


def _tell(
    before: Offered, during: Offered, after: Offered, watch: Watch, began: int, accepted: int
) -> None:
    grown = max(watch.memory) - began
    sys.stdout.write(
        f"\nsustainable {before.rate:.0f}/s; offered {during.offered / SECONDS:.0f}/s for "
        f"{SECONDS:.0f} s: {dict(during.statuses)}, {during.unsent} not sent, accepted "
        f"{during.rate:.0f}/s, "
        f"p50 {median(_taken(during)):.2f} s; memory {began / MB:.0f} MB + {grown / MB:.1f} MB "
        f"({grown / max(1, accepted) / 1024:.1f} KB an accepted event); "
        f"/live at most {max(watch.late):.2f} s, p50 {median(watch.late):.2f} s, "
        f"its service's work meanwhile at most {max(watch.work):.2f} s; then {after.rate:.0f}/s\n"
    )

"""`relais demo`: a whole federation in a temporary home plays its stories, then everything stops.

    launch → play, in a thread, over HTTP → the auditor replays → stop

Its verdict is good only if every observed outcome was the expected one and the auditor found
nothing.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Coroutine
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from contracts.convention.load import load
from contracts.convention.model import Convention
from contracts.conventions import shipped
from contracts.vocabulary import principals
from contracts.vocabulary.scopes import REALMS
from services.audit.source import KafkaLog
from services.audit.whole import replay
from services.operate.agreed import at_home, planned_topics
from services.platform.process.clock import FileClock
from services.play.demo.bus import START, WEEKS
from services.play.demo.http_bus import HttpBus, InterruptedPlayError, Overhear
from services.play.demo.kafka_observer import Witness
from services.play.demo.screen import ScreenLine, Teller
from services.play.demo.stories import play_all
from services.play.run import words
from services.play.run.launch import Federation, launched, until_stopped
from services.play.run.plan import Plan
from services.play.run.words import Say

Inspect = Callable[[Federation], Coroutine[Any, Any, None]]


async def auditor(federation: Federation) -> dict[str, Any]:
    """Replay both realms without any decryption key: `clean`, `records`, `findings`, `realms`."""
    clock = FileClock(federation.home.clock)
    log = KafkaLog({realm: federation.bus(principals.audit(realm)) for realm in REALMS})
    verdict = await replay(log, REALMS, federation.home.owners, clock.now)
    return verdict.json()


@dataclass
class Played:
    """What a demo came to.

    Attributes:
        lines: all that was told.
        expected: whether every observed outcome was the expected one and the auditor content.
        interrupted: somebody asked to stop before the end.
    """

    lines: list[ScreenLine] = field(default_factory=list)
    expected: bool = False
    interrupted: bool = False

    @property
    def good(self) -> bool:
        """Whether the exit code is 0."""
        return self.expected and not self.interrupted


def convention() -> Convention:
    """The convention that the demo plays under."""
    return load(shipped(), "shipped")


def begins(agreed: Convention) -> int:
    """The instant at which a play begins, seconds."""
    moment = datetime.fromisoformat(START)
    return agreed.calendar.instant(moment.date(), moment.hour, moment.minute)


async def demo(
    stop: asyncio.Event,
    home: Path,
    *,
    show: Callable[[ScreenLine], None],
    say: Say,
    keep: bool = False,
    marker: str = "",
    inspect: Inspect | None = None,
    overhear: Overhear | None = None,
) -> Played:
    """Launch, play, audit, stop.

    Args:
        stop: set to end early; everything is stopped all the same.
        home: where to play.
        show: called with each line as it is told.
        say: called with each step of starting and stopping.
        keep: leave the home on disk.
        marker: stands in every free-form personal field.
        inspect: looks at the federation after the play, while it still runs (tests).
        overhear: told of every HTTP answer (tests).

    Raises:
        UnreachableError, UsageError: the federation could not be started or stopped.
    """
    teller = Teller(show)
    played = Played(teller.lines)
    plan = Plan(start=begins(convention()), weeks=WEEKS)

    async def play() -> None:
        async with launched(home, plan, say) as federation:
            names = [topic.name for topic in planned_topics(at_home(federation.home))]
            watching = federation.bus(principals.ADMIN)  # who watches may read everything
            async with Witness(watching, names, federation.urls) as witness:
                say("services", words.READY)
                loop = asyncio.get_running_loop()
                audit = partial(auditor, federation)
                bus = HttpBus(federation, witness, loop, audit, marker, overhear)
                with closing(bus):
                    played.expected = await _in_story_thread(bus, teller)
                if inspect is not None:
                    await inspect(federation)
                say("services", words.STOPPING)

    try:
        played.interrupted = not await until_stopped(stop, play())
    finally:
        if not keep:
            await asyncio.to_thread(shutil.rmtree, home, ignore_errors=True)
    return played


async def _in_story_thread(bus: HttpBus, teller: Teller) -> bool:
    """Play; if cancelled, let the story end at its next request, since a thread cannot be ended."""
    story = asyncio.ensure_future(asyncio.to_thread(_play, bus, teller))
    try:
        return await asyncio.shield(story)
    except asyncio.CancelledError:
        bus.interrupt()
        await asyncio.wait([story])
        raise


def _play(bus: HttpBus, teller: Teller) -> bool:
    try:
        return play_all(bus, teller)
    except InterruptedPlayError:
        return False

"""`relais demo`: a whole federation in a temporary home plays its stories, then everything stops.

    launch → play, in a thread, over HTTP → the auditor replays → stop → is anything left?

Its verdict is good only if every observed outcome was the expected one, the auditor found nothing,
and no process is left.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
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
from services.play.kafka import brokers
from services.play.run import words
from services.play.run.launch import Federation, launched, until_stopped
from services.play.run.plan import Plan
from services.play.run.supervisor import Supervisor
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
        left: names of processes that still run.
        home: where state and logs are, if they were kept.
        interrupted: somebody asked to stop before the end.
    """

    convention: Convention
    lines: list[ScreenLine] = field(default_factory=list)
    expected: bool = False
    left: list[str] = field(default_factory=list)
    home: Path | None = None
    interrupted: bool = False

    @property
    def good(self) -> bool:
        """Whether the exit code is 0."""
        return self.expected and not self.left and not self.interrupted


def convention() -> Convention:
    """The convention that the demo plays under."""
    return load(shipped(), "shipped")


def begins(agreed: Convention) -> int:
    """The instant at which a play begins, seconds."""
    moment = datetime.fromisoformat(START)
    return agreed.calendar.instant(moment.date(), moment.hour, moment.minute)


async def demo(
    stop: asyncio.Event,
    *,
    show: Callable[[ScreenLine], None],
    say: Say,
    home: Path | None = None,
    keep: bool = False,
    marker: str = "",
    nodes: int = 1,
    tls: bool = False,
    inspect: Inspect | None = None,
    overhear: Overhear | None = None,
) -> Played:
    """Launch, play, audit, stop.

    Args:
        stop: set to end early; everything is stopped all the same.
        show: called with each line as it is told.
        say: called with each step of starting and stopping.
        home: where to play; else a temporary folder.
        keep: leave the home on disk.
        marker: stands in every free-form personal field.
        nodes: of Kafka.
        tls: whether everybody shows a certificate to Kafka and has its own rights alone.
        inspect: looks at the federation after the play, while it still runs (tests).
        overhear: told of every HTTP answer (tests).

    Raises:
        UnreachableError, UsageError: the federation could not be started.
    """
    path = home or Path(tempfile.mkdtemp(prefix="relais-demo-"))
    teller = Teller(show)
    played = Played(convention(), teller.lines, home=path if keep else None)
    plan = Plan(start=begins(played.convention), weeks=WEEKS, nodes=nodes, tls=tls)

    supervisors: list[Supervisor] = []

    async def play() -> None:
        async with launched(path, plan, say) as federation:
            supervisors.append(federation.supervisor)
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
        played.left += [name for each in supervisors for name in each.left]
        played.left += brokers.status(path / "kafka").pids
    finally:
        if not keep:
            await asyncio.to_thread(shutil.rmtree, path, ignore_errors=True)
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

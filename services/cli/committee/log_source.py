"""Where a committee's commands read the log: Kafka, or what `relais audit export` wrote."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.cli.auditor.readings import SUPERVISION, note_reading
from services.cli.auditor.telling import REPLAYED, progress_of

if TYPE_CHECKING:
    from contracts.log.orders.order import Owners
    from services.audit.source import LogSource
    from services.audit.whole import Watch
    from services.cli.common.asked import AtKafka

LIVE: Final = "live"
# Alarms that accuse whoever sent an event, not the log: one desk must not stop the count.
BY_ISSUERS: Final = frozenset({"quarantined", "prev_does_not_follow"})
LogOption = Annotated[
    str,
    typer.Option("--log", help="What `audit export` wrote, or `live` for the topics themselves."),
]


def replayed(
    asked: AtKafka, log: str, realms: Sequence[str], owners: Owners, now: int, watch: Watch
) -> int:
    """Show each record to `watch` while the log is replayed; return until when it goes, seconds.

    Raises:
        LogError: `log_diverges`: the replay found a divergence, and nothing is to be counted.
    """
    from contracts.errors import LogError
    from services.audit.bundle.source import BundleLog
    from services.audit.whole import replay

    if log == LIVE:
        note_reading(asked, "report", realms, SUPERVISION)
    with _log_source(asked, log) as source, progress_of("counting", REPLAYED) as told:
        if isinstance(source, BundleLog):
            now = source.manifest.asked_at
            realms = [realm for realm in realms if realm in source.manifest.realms]
        verdict = asyncio.run(replay(source, realms, owners, lambda: now, told, watch=watch))
    if any(found.alarm and found.code not in BY_ISSUERS for _realm, found in verdict.findings):
        raise LogError("log_diverges", "alarms", "a log of which `relais audit replay` is clean")
    return now


@contextmanager
def _log_source(asked: AtKafka, log: str) -> Iterator[LogSource]:
    from contracts.vocabulary import principals
    from contracts.vocabulary.scopes import REALMS
    from services.audit.bundle.source import open_bundle
    from services.audit.source import KafkaLog

    if log != LIVE:
        with open_bundle(Path(log)) as bundle:
            yield bundle
        return
    yield KafkaLog({realm: asked.bus(principals.audit(realm)) for realm in REALMS})

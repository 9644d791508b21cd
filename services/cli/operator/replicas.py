"""`relais topics replicas`: whether every copy of every partition is in step, as after a lost disk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.cli.common.asked import AtKafka, command
from services.cli.common.kafka_options import answered, check_address, own_or_named
from services.cli.common.output import print_json
from services.texts import counted

if TYPE_CHECKING:
    from services.operate.replicas import Behind

BEHIND: Final = 1  # exit code: some copies are away or not in step
LOOK_S: Final = 1.0


WaitOption = Annotated[int, typer.Option("--wait", min=0, help="Seconds to wait for all.")]


@command
def replicas(
    asked: AtKafka,
    wait: WaitOption = 0,
) -> None:
    """Show under-replicated partitions; exit 1 if any.

    Example: relais topics replicas
    """
    from contracts.vocabulary import principals
    from services.operate.replicas import behind

    bootstrap, tls = own_or_named(asked.home, asked.kafka, principals.ADMIN, asked.tls)
    check_address(asked.home, bootstrap)
    asyncio.run(answered(bootstrap, asked.kafka, tls))  # with a bound; `behind` waits for longer
    until, told = time.monotonic() + wait, -1
    while (lagging := behind(bootstrap, tls)) and time.monotonic() < until:
        if len(lagging) != told:
            told = len(lagging)
            _tell_progress(asked, lagging, until)
        time.sleep(LOOK_S)
    if asked.json:
        print_json([asdict(partition) for partition in lagging])
    else:
        _tell(asked, lagging)
    if lagging:
        raise typer.Exit(BEHIND)


def _tell_progress(asked: AtKafka, lagging: Sequence[Behind], until: float) -> None:
    """On standard error, whenever the number changes."""
    left = max(0, round(until - time.monotonic()))
    said = (
        "{n} partition with copies that are not in step; waiting, {left} s left",
        "{n} partitions with copies that are not in step; waiting, {left} s left",
    )
    asked.note(counted(said, n=len(lagging), left=left))


def _tell(asked: AtKafka, lagging: Sequence[Behind]) -> None:
    row = "{topic}/{partition}: {in_step} of {copies} copies in step, missing {missing}"
    for partition in lagging:
        missing = ", ".join(map(str, partition.missing))
        asked.say(row.format(**asdict(partition) | {"missing": missing}))
    if not lagging:
        asked.say("all copies are in step")

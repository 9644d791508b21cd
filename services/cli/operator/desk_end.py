"""`relais directory end`: a desk ends, and others follow it (log §6.4)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Final

import typer

from contracts.encoding import rfc3339
from services.cli.common.asked import DAYS, DaysOption, OnBus, command
from services.cli.operator.keys import WEEKS

_WHAT_NEXT: Final = (
    "Ask by the token of {heirs} from now on: that of {desk} opens nothing more. "
    "Topics and rights stay as they are. When mail ends, senders are told the "
    "successor instead."
)
_PREPARED: Final = (
    "{desk} goes on as it is. Carry what is new below {keys} and {tokens} to the "
    "service that will serve {heirs}; then the same without `--prepare`."
)
_ENDS: Final = (
    "{desk} ends from {start} on and is followed by {heirs}; mail for {desk} is "
    "delivered until {until}"
)


@command
def end(
    asked: OnBus,
    desk: Annotated[str, typer.Argument(help="The desk that ends: its short id.")],
    successor: Annotated[
        list[str],
        typer.Option(help="A desk of its role; again for several: the first has the rest."),
    ],
    new: Annotated[
        bool, typer.Option("--new", help="The one successor is to be made: a desk is renamed.")
    ] = False,
    label_fr: Annotated[str, typer.Option(help="Its name in French; else the old one's.")] = "",
    label_en: Annotated[str, typer.Option(help="Its name in English; else the old one's.")] = "",
    days: DaysOption = DAYS,
    gone: Annotated[
        bool, typer.Option("--gone", help="The desk is gone and cannot consent; auditors see it.")
    ] = False,
    consent: Annotated[
        Path | None,
        typer.Option(
            help="Of a desk that keeps its keys itself: what its `relais partner consent` made.",
            dir_okay=False,
            exists=True,
        ),
    ] = None,
    prepare: Annotated[
        bool,
        typer.Option("--prepare", help="Make keys, token and directory alone; order nothing yet."),
    ] = False,
) -> None:
    """End a desk; its successors take its cases.

    With `--new` the successor's keys, its token and the next directory are made here; a desk that keeps its keys
    itself asks by `relais partner new` first. Run again after a kill it goes on where it was. Where only the name
    that people read changes, nothing ends: the next directory.

    Example: relais directory end home-1 --successor home-2
    """
    from contracts.errors import UsageError
    from services.operate.home.desk_end import MOST_BYTES, DeskEnd, list_heirs, make_heir, order_end
    from services.operate.home.home import Home
    from services.platform.process.clock import FileClock
    from services.platform.process.paris_time import when

    names = tuple(one.lower() for one in successor)
    given = consent.read_bytes()[:MOST_BYTES] if consent else b""
    ended = DeskEnd(asked.realm, desk.lower(), names, days, gone, given)
    label = {"fr": label_fr, "en": label_en} if label_fr else {}
    if bool(label_fr) != bool(label_en):
        expected = "`--label-fr` and `--label-en`"
        raise UsageError("label_incomplete", "a name in one language", expected)
    if (new and len(names) > 1) or (label and not new):
        expected = "`--new` with one successor, and labels with `--new` alone"
        raise UsageError("successor_not_new", "another use", expected, "--new")
    folder = Home(asked.home)
    at = FileClock(folder.clock).now()
    if new:
        with folder.complete():
            make_heir(folder, asked.realm, ended.desk, names[0], label, at, WEEKS)
        folder = Home(asked.home)  # it has another partner now
    with folder.complete():
        listed = list_heirs(folder, ended, at, WEEKS)
        facts = {
            "realm": asked.realm,
            "desk": ended.desk,
            "heirs": list(names),
            "directory": listed.version,
        }
        told = {"desk": ended.desk, "heirs": ", ".join(names)}
        if prepare:
            keys, tokens = folder.keys / asked.realm, folder.path / "tokens.json"
            asked.print(facts, _PREPARED.format(**told, keys=keys, tokens=tokens))
            return
        made = asyncio.run(order_end(asked.owners_bus(asked.realm), ended))
    asked.print(
        facts | {"order": made.order, "from": rfc3339(made.start), "until": rfc3339(made.until)},
        _ENDS.format(**told, start=when(made.start, "en"), until=when(made.until, "en")),
    )
    asked.note(_WHAT_NEXT.format(**told))

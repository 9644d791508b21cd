"""`relais directory rename|merge|split`: a desk ends, and others follow it (log §6.4)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from contracts.encoding import rfc3339
from services.cli.common.asked import DAYS, DaysOption, OnBus, command
from services.cli.operator.keys import WEEKS

if TYPE_CHECKING:
    from services.operate.home.home import Home

DeskArgument = Annotated[
    str, typer.Argument(metavar="DESK", help="The desk that ends: its short id.")
]
GoneOption = Annotated[
    bool, typer.Option("--gone", help="The desk is gone and cannot consent; auditors see it.")
]
ConsentOption = Annotated[
    Path | None,
    typer.Option(
        "--consent",
        help="Of a desk that keeps its keys itself: what its `relais partner consent` made.",
        dir_okay=False,
        exists=True,
    ),
]
PrepareOption = Annotated[
    bool,
    typer.Option("--prepare", help="Make keys, token and directory alone; order nothing yet."),
]
_WHAT_NEXT: Final = (
    "Ask by the token of {heirs} from now on: that of {desk} opens nothing more. "
    "Topics and rights stay as they are. When mail ends, senders are told the "
    "heir instead."
)
_PREPARED: Final = (
    "{desk} goes on as it is. Carry what is new below {keys} and {tokens} to the "
    "service that will serve {heirs}; then the same without `--prepare`."
)


@command
def rename(
    asked: OnBus,
    desk: DeskArgument,
    new: Annotated[str, typer.Argument(metavar="NEW", help="Its new short id, e.g. `crip-nord`.")],
    label_fr: Annotated[str, typer.Option(help="Its name in French; else the old one's.")] = "",
    label_en: Annotated[str, typer.Option(help="Its name in English; else the old one's.")] = "",
    days: DaysOption = DAYS,
    gone: GoneOption = False,
    consent: ConsentOption = None,
    prepare: PrepareOption = False,
) -> None:
    """Give a desk a new short id; its cases pass on.

    Its new keys, its token and the next directory are made here; a desk that keeps its keys itself asks by
    `relais partner new` first. Then the directory and the order that the new desk follows. Run again after a kill
    it goes on where it was. Where only the name that people read changes, no order is needed: the next directory.

    Example: relais directory rename crip crip-nord
    """
    from contracts.errors import UsageError
    from services.operate.home.desk_end import make_heir

    if bool(label_fr) != bool(label_en):
        raise UsageError(
            "label_incomplete", "a name in one language", "`--label-fr` and `--label-en`"
        )
    label = {"fr": label_fr, "en": label_en} if label_fr else {}
    folder, at = _home(asked)
    with folder.complete():
        make_heir(folder, asked.realm, desk.lower(), new.lower(), label, at, WEEKS)
    _end(asked, desk, [new], days, gone=gone, consent=consent, prepare=prepare)


@command
def merge(
    asked: OnBus,
    desk: DeskArgument,
    heir: Annotated[str, typer.Argument(metavar="HEIR", help="The desk that takes it over.")],
    days: DaysOption = DAYS,
    gone: GoneOption = False,
    consent: ConsentOption = None,
) -> None:
    """End a desk; another of its role takes its cases.

    Its references stay its own: what the heir sends on one of its cases quotes the case.

    Example: relais directory merge edu-s edu-t
    """
    _end(asked, desk, [heir], days, gone=gone, consent=consent)


@command
def split(
    asked: OnBus,
    desk: DeskArgument,
    heirs: Annotated[
        list[str],
        typer.Argument(
            metavar="HEIR…", help="Two or more; the first takes what no other is given."
        ),
    ],
    days: DaysOption = DAYS,
    gone: GoneOption = False,
    consent: ConsentOption = None,
) -> None:
    """End a desk; several of its role take its cases.

    Example: relais directory split crip crip-nord crip-sud
    """
    from contracts.errors import UsageError

    if len(heirs) < 2:
        expected = "two or more, or `relais directory merge`"
        raise UsageError("too_few_heirs", "one heir", expected)
    _end(asked, desk, heirs, days, gone=gone, consent=consent)


def _end(
    asked: OnBus, desk: str, heirs: Sequence[str], days: int, *,
    gone: bool, consent: Path | None, prepare: bool = False,
) -> None:  # fmt: skip
    """List the heirs, order the succession and say what stands."""
    import asyncio

    from contracts.vocabulary import principals
    from services.operate.home.desk_end import MOST_BYTES, DeskEnd, list_heirs, order_end
    from services.platform.process.paris_time import when

    given = consent.read_bytes()[:MOST_BYTES] if consent else b""
    names = tuple(heir.lower() for heir in heirs)
    ended = DeskEnd(asked.realm, desk.lower(), names, days, gone, given)
    folder, at = _home(asked)
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
        bootstrap, client = asked.reach(principals.owners(asked.realm))
        made = asyncio.run(order_end(folder, ended, at, bootstrap, client))
    asked.print(
        facts | {"order": made.order, "from": rfc3339(made.start), "until": rfc3339(made.until)},
        (
            "{desk} ends from {start} on and is followed by {heirs}; mail for {desk} is "
            "delivered until {until}"
        ).format(**told, start=when(made.start, "en"), until=when(made.until, "en")),
    )
    asked.note(_WHAT_NEXT.format(**told))


def _home(asked: OnBus) -> tuple[Home, int]:
    """The home, and the federation's time."""
    from services.operate.home.home import Home
    from services.platform.process.clock import FileClock

    folder = Home(asked.home)
    return folder, FileClock(folder.clock).now()

"""`relais demo`: start everything, play six cases, tell each as a story, stop everything."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.cli.common.asked import Asked, command
from services.cli.common.output import LANG, Lang, LangOption, print_json
from services.texts import counted

if TYPE_CHECKING:
    from services.play.demo.demo import Played

_INTERRUPTED: Final = "Interrupted: the play did not come to its end."
_UNEXPECTED: Final = ("{n} outcome was not as expected.", "{n} outcomes were not as expected.")
_ALL_STOPPED: Final = "Everything has stopped, no process is left."
_NEXT: Final = """
Try next:
  {relais} up                 a federation that stays, with three commands to send and read
  {relais} sandbox            one agency's service for your software, without Kafka
  {relais} convention matrix  who may send what to whom"""

FOUND: int = 1  # exit code: an outcome was not the expected one


@command
def demo(
    asked: Asked,
    keep: Annotated[bool, typer.Option("--keep", help="Leave state and logs on disk.")] = False,
    lang: LangOption = LANG,
) -> None:
    """Play six cases; exit 1 if one ends unexpectedly.

    Example: relais demo --lang en
    """
    import tempfile

    from services.cli.play import progress

    progress.fetch()
    home = Path(tempfile.mkdtemp(prefix="relais-demo-"))
    progress.log_to(home / "logs" / "demo.log")
    played = progress.run(lambda stop: _play(stop, asked, home, lang, keep=keep))
    if played is None or not played.good:
        raise typer.Exit(FOUND)


async def _play(stop: asyncio.Event, asked: Asked, home: Path, lang: Lang, *, keep: bool) -> Played:
    """Play; last what was not as expected, where the home is, what to try next."""
    import shutil
    import sys

    from rich.console import Console

    from services.cli.play import progress
    from services.operate.home.folder import as_typed
    from services.play.demo.demo import convention, demo
    from services.play.demo.screen import Screen

    show = Screen(Console(stderr=asked.json), convention().calendar, lang.value)
    played = await demo(stop, home, show=show, say=progress.teller(), keep=keep)
    kept = str(home) if keep else None
    if asked.json:
        print_json({"as_expected": played.expected, "home": kept})
        return played
    failures = sum(not line.ok for line in played.lines)
    if played.interrupted:
        asked.note(_INTERRUPTED)
    elif failures:
        asked.note(counted(_UNEXPECTED, n=failures))
    asked.note(_ALL_STOPPED)
    if kept:
        asked.note(f"Kept: {kept}")
    if played.good:
        found = "relais" if shutil.which("relais") else as_typed(Path(sys.argv[0]))
        asked.note(_NEXT.format(relais=found))
    return played

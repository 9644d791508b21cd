"""`relais sandbox`: one agency's service to try software against, in one process, until Ctrl-C."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.cli.common.asked import Asked, command
from services.cli.common.output import print_json

if TYPE_CHECKING:
    import asyncio

    from services.operate.home.home import Home

HOME: Final = Path(".relais-sandbox")
AUTHOR: Final = "edu-s"  # who sends the example
LINES: Final = """\
The service of {agency}: {url}
Desks that you play: {desks}
Tokens: {home}/tokens/<desk>, one file a desk
Documents: {url}/docs, {url}/openapi.json, {url}/asyncapi.json
What a record's reference can ask for, and the clock: {url}/sandbox
What your software has shown of ten good habits: {url}/sandbox/checklist
In a browser: {url}/desk, with a desk for an account and its token for a password

Try, in another terminal:
{send}  relais inbox --home {home} --desk {desk}

Ctrl-C ends it: what was sent is gone; keys and tokens stay."""


@command
def sandbox(
    asked: Asked,
    agency: Annotated[
        str, typer.Option(help="Whose service it is: you play its desks.")
    ] = "education",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where it answers; 0: a free port.")
    ] = 8420,
    empty: Annotated[
        bool, typer.Option("--empty", help="Begin with nothing in the inboxes.")
    ] = False,
    webhook: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DESK=URL",
            help=(
                "Post a webhook for each arrival of a desk to an address of this machine; "
                "again for another desk."
            ),
        ),
    ] = None,
    home: Annotated[
        Path,
        typer.Option(
            "--home", envvar="RELAIS_HOME", help="Folder of its keys and tokens, its own."
        ),
    ] = HOME,
) -> None:
    """Start one agency's service with simulated partners.

    No Kafka, nothing is kept; the other desks answer by themselves.

    Example: relais sandbox --agency justice
    """
    from services.cli.play import progress
    from services.operate.home.home import Home
    from services.operate.home.lock import alone
    from services.play.run import words
    from services.sandbox.app import serve
    from services.sandbox.webhooks import read_receivers

    place = home.resolve()
    receivers = read_receivers(webhook or ())

    async def serving(stop: asyncio.Event) -> None:
        tell = partial(_tell, asked, Home(place), agency)
        await serve(Home(place), agency, port, tell, stop, receivers, empty=empty)

    with alone(place, sandbox=True):
        progress.log_to(place / "logs" / "sandbox.log")
        progress.run(serving)
    progress.teller()("sandbox", words.STOPPED)


def _tell(asked: Asked, home: Home, agency: str, url: str, desks: tuple[str, ...]) -> None:
    """Say where it answers, and what to try."""
    from services.operate.home.folder import as_typed
    from services.platform.process.clock import FileClock
    from services.sandbox.records import EXAMPLE, write_example

    write_example(home.path, FileClock(home.clock).now(), agency)
    if asked.json:
        facts = {"home": str(home.path), "agency": agency, "url": url}
        print_json(facts | {"desks": list(desks), "tokens": str(home.path / "tokens")})
        return
    is_school, typed = AUTHOR in desks, as_typed(home.path)
    send = f"  relais send --home {typed} --desk {AUTHOR} {as_typed(home.path / EXAMPLE)}\n"
    lines = LINES.format(
        home=typed, agency=agency, url=url, send=send if is_school else "",
        desks=" ".join(desk.upper() for desk in desks), desk=AUTHOR if is_school else desks[0],
    )  # fmt: skip
    typer.echo(lines)

"""`relais status`: how the federation is, whatever is down."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.cli.common.asked import AtKafka, command
from services.cli.common.output import print_json

if TYPE_CHECKING:
    from services.operate.status.look import Where

TROUBLE: Final = 1  # exit code: action is needed
AGAIN_S: Final = 2.0  # between two looks of `--watch`
NOTHING: Final = "Nothing runs here. `relais up` starts it all."

TargetsOption = Annotated[
    Path | None,
    typer.Option(
        "--targets", exists=True, dir_okay=False,
        help="Where the services are, as Prometheus reads it from a file; else where the home's "
        "were last.",
    ),
]  # fmt: skip
WatchOption = Annotated[
    bool, typer.Option("--watch", help="Look again every two seconds, until Ctrl-C.")
]


@command
def status(
    asked: AtKafka,
    targets: TargetsOption = None,
    watch: WatchOption = False,
) -> None:
    """Show health; exit 1 if action is needed.

    Of services, brokers, log, duties and keys.

    Example: relais status --watch
    """
    where = _where(asked, targets)
    while True:
        good = _look(asked, where, clear=watch)
        if not watch:
            raise typer.Exit(0 if good else TROUBLE)
        time.sleep(AGAIN_S)


def _where(asked: AtKafka, targets: Path | None) -> Where:
    from contracts.errors import RelaisError
    from contracts.vocabulary import principals
    from contracts.vocabulary.scopes import REALMS
    from services.operate.gauge import DRIFT_FILE
    from services.operate.home.folder import HomeFolder
    from services.operate.status.look import Where
    from services.platform.keys.keystore import projection_secrets

    if targets is None and not asked.kafka:
        HomeFolder(asked.home).check()
    try:
        bootstrap, tls = asked.reach(principals.ADMIN)
    except RelaisError:  # a certificate that is missing: all else can still be told
        bootstrap, tls = "", None
    try:
        secrets = projection_secrets(asked.home / "keys", REALMS)
    except RelaisError:  # another user's: whose it is in quarantine is not told
        secrets = {}
    return Where(asked.home, targets, bootstrap, tls, asked.home / DRIFT_FILE, secrets)


def _look(asked: AtKafka, where: Where, *, clear: bool) -> bool:
    from services.operate.status.alerts import alerts
    from services.operate.status.look import look
    from services.operate.status.told import as_json, lines

    now = asyncio.run(look(where))
    firing = alerts(now)
    if asked.json:
        print_json(as_json(now, firing))
        return not firing and not now.unheard
    if clear:
        typer.echo("\x1b[2J\x1b[H", nl=False)
    at_home = where.targets is None and not asked.kafka
    shown = (NOTHING,) if at_home and now.refused else lines(now, firing)
    for line in shown:
        typer.echo(line)
    return not firing and not now.unheard

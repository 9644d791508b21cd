"""`relais partner check`: a desk's way to the bus in nine rows, tried by the agency's own service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from services.cli.common.asked import AtHome, command
from services.cli.common.completion import desks
from services.cli.common.output import print_json, print_table
from services.cli.partner import joining
from services.cli.partner.at_desk import REFUSED, SILENT, UrlOption, unanswered
from services.cli.partner.consent import consent
from services.cli.partner.requesting import new

if TYPE_CHECKING:
    import httpx

    from services.platform.self_test.rows import SelfTestRow

DeskArgument = Annotated[
    str, typer.Argument(metavar="DESK", help="The desk, e.g. CRIP; else every desk of the home.",
                        autocompletion=desks, show_default=False),
]  # fmt: skip
JoiningOption = Annotated[
    Path | None,
    typer.Option("--folder", help="The partner's own folder: what joining still lacks.", file_okay=False, exists=True),
]  # fmt: skip
_NO_TOKEN: Final = frozenset({"token_unknown", "token_missing", "other_desk"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AtService(AtHome):
    """And at which address the desk's service is."""

    url: UrlOption = ""


def register(app: typer.Typer) -> None:
    """Add the group `partner`."""
    group = typer.Typer(help="Join the bus and check the connection.", no_args_is_help=True)
    group.command("check")(check)
    for joining_command in (new, joining.answer, joining.join, consent):
        group.command(joining_command.__name__)(joining_command)
    app.add_typer(group, name="partner")


@command
def check(asked: AtService, desk: DeskArgument = "", folder: JoiningOption = None) -> None:
    """Check a desk's connection to the bus.

    Names, TLS, certificate, token, topics, clock, keys, an event and its answer.

    Its own service tries, with its certificate, keys and rights, and reads no record. The event is a PING, on
    no case, to nobody: at most one a desk in a quarter of an hour, else what the last one found is told.

    With --folder, of a desk that keeps its keys itself: all that joining needs, from the request to the signatures,
    each row tried from there by the partner's own certificate, or said to be somebody's to confirm. It writes nothing.

    Example: relais partner check edu-s
    """
    from services.cli.common import http_client
    from services.cli.partner import checklist
    from services.operate.home.home import Home

    if folder is not None:
        if not checklist.show(asked, folder):
            raise typer.Exit(REFUSED)
        return

    http_client.check_home(asked.home, asked.url)
    houses = Home(asked.home).agencies
    names = [desk] if desk else [one.desk for some in houses.values() for one in some]
    tried = {name.lower(): _tried(asked, name) for name in names}
    if asked.json:
        shown = {name: [row.document() for row in rows] for name, rows in tried.items()}
        print_json({"desks": shown})
    else:
        for name, rows in tried.items():
            _show(asked, name, rows)
    if any(row.state == "cannot" for rows in tried.values() for row in rows):
        raise typer.Exit(REFUSED)


def _tried(asked: AtService, desk: str) -> tuple[SelfTestRow, ...]:
    """All nine rows of a desk.

    Raises:
        UnreachableError: `service_unreachable`, `no_service`.
        UsageError: `desk_unknown`; those of `http_client.client`.
    """
    import httpx

    from contracts.errors import UsageError
    from services.cli.common import http_client
    from services.platform.process.exit_codes import UnreachableError
    from services.platform.self_test.rows import read_rows

    name, agency = http_client.desk_of(asked.home, desk)
    with http_client.client(asked.home, agency, name, asked.url) as client:
        try:
            answer = client.post("/check", params={"desk": name})
            document = http_client.asked(answer)
            if answer.is_success:
                return read_rows(document)[name]
            if (code := document.get("code")) in _NO_TOKEN:
                return _without_token(client, name, str(code))
        except httpx.HTTPError as error:
            got, silent = unanswered(client, error)
            expected = SILENT if silent else "a service; `relais up` or `relais sandbox`"
            raise UnreachableError("service_unreachable", got, expected) from None
        except (ValueError, TypeError, KeyError, AttributeError):
            raise UnreachableError("no_service", "another document", "nine rows") from None
    raise UsageError("check_refused", str(document.get("code")), "a desk of this service")


def _without_token(client: httpx.Client, desk: str, code: str) -> tuple[SelfTestRow, ...]:
    """What anybody may know, and that the token does not open the desk."""
    import time

    from services.cli.common import http_client
    from services.platform.self_test.rows import cannot, every, read_rows

    known: Mapping[str, Any] = http_client.asked(client.get("/check"))
    rows = read_rows(known)[desk]
    return every(
        (*(row for row in rows if row.name != "token"), cannot("token", time.time(), code))
    )


def _show(asked: AtService, desk: str, rows: tuple[SelfTestRow, ...]) -> None:
    from services.platform.self_test import words

    asked.say(f"Desk {desk}")
    heads = ["what was tried", "how it stands", "why"]
    print_table(heads, [
        [words.TITLES[row.name], words.state(row), words.cause(row) or "–"]
        for row in rows
    ])  # fmt: skip
    for row in rows:
        if row.state == "cannot":
            title, step = words.TITLES[row.name], words.next_step(row)
            asked.say(f"  {title}: {step}.")

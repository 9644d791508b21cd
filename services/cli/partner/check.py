"""`relais partner check`: whether a desk reaches the bus, by its agency's service or from a partner's own folder."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.cli.common.asked import AtHome, command
from services.cli.common.output import print_json, print_table
from services.cli.partner.at_desk import REFUSED, SILENT, UrlOption, desks, unanswered

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

    from services.operate.joining.checking import Tried

DeskArgument = Annotated[
    str, typer.Argument(metavar="DESK", help="The desk, e.g. CRIP; else every desk of the home.",
                        autocompletion=desks, show_default=False),
]  # fmt: skip
FolderOption = Annotated[
    Path | None,
    typer.Option("--folder", help="The folder of a partner that keeps its keys itself.", file_okay=False, exists=True),
]  # fmt: skip
PING_S: float = 10  # for the router's answer
PAUSE_S: float = 0.2  # between two looks
PUBLISHED: Final = "published"  # nothing has been decided yet
_NO_TOKEN: Final = frozenset({"token_unknown", "token_missing", "other_desk"})
_CODE: Final = re.compile(r"[a-z_]{1,40}")
_EVENT: Final = re.compile(r"[0-9a-f-]{36}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AtService(AtHome):
    """And at which address the desk's service is."""

    url: UrlOption = ""


@command
def check(asked: AtService, desk: DeskArgument = "", folder: FolderOption = None) -> None:
    """Check a desk's connection to the bus.

    Its service is asked whether it is ready, then with the desk's token to send a PING, on no case, to nobody: one
    a desk in a quarter of an hour.

    With --folder: a partner's own certificate, brokers, topics, directory, and the router's answer to the PING that its
    program has sent. It writes nothing.

    Example: relais partner check edu-s
    """
    from services.cli.common import http_client
    from services.operate.home.home import Home
    from services.operate.joining.checking import tried

    if folder is not None:
        rows = {"": asyncio.run(tried(folder))}
    else:
        http_client.check_home(asked.home, asked.url)
        houses = Home(asked.home).agencies
        names = [desk] if desk else [one.desk for some in houses.values() for one in some]
        rows = {name.lower(): _tried(asked, name) for name in names}
    _show(asked, rows)
    if any(row.error for some in rows.values() for row in some):
        raise typer.Exit(REFUSED)


def _tried(asked: AtService, desk: str) -> list[Tried]:
    """The service, the desk's token, a PING.

    Raises:
        UnreachableError: `service_unreachable`, `no_service`.
        UsageError: `desk_unknown`; those of `http_client.client`.
    """
    import httpx

    from services.cli.common import http_client
    from services.platform.process.exit_codes import UnreachableError

    name, agency = http_client.desk_of(asked.home, desk)
    with http_client.client(asked.home, agency, name, asked.url) as client:
        try:
            return [_ready(client), *_pinged(client, name)]
        except httpx.HTTPError as error:
            got, silent = unanswered(client, error)
            expected = SILENT if silent else "a service; `relais up` or `relais sandbox`"
            raise UnreachableError("service_unreachable", got, expected) from None
        except (ValueError, TypeError, KeyError, AttributeError):
            raise UnreachableError("no_service", "another document", "a service") from None


def _ready(client: httpx.Client) -> Tried:
    """Whether the service reads and writes its topics."""
    from contracts.errors import UsageError
    from services.operate.joining.checking import Tried

    if client.get("/ready").is_success:
        return Tried("service")
    return Tried("service", UsageError("not_ready", "503", "200; its `/ready` says what stalls"))


def _pinged(client: httpx.Client, desk: str) -> list[Tried]:
    """Whether the service takes the token, and the router the PING.

    Raises:
        ValueError, KeyError, TypeError: it is no service of ours.
    """
    from contracts.errors import UsageError
    from services.cli.common.http_client import asked
    from services.operate.joining.checking import Tried

    answer = client.post("/check", params={"desk": desk})
    document = asked(answer)
    if answer.is_success:
        (event,) = document["events"]
        return [Tried("token"), _answered(client, _shown(_EVENT, event))]
    code = _shown(_CODE, document["code"])
    if code in _NO_TOKEN:
        expected = "the desk’s own token (RELAIS_TOKEN_FILE); a new one is known after a start"
        return [Tried("token", UsageError(code, "another token", expected))]
    return [Tried("token"), Tried("ping", UsageError(code, f"{answer.status_code}", "202"))]


def _shown(form: re.Pattern[str], text: str) -> str:
    """What an answer says where it has its form: of any other text nothing is repeated."""
    if not form.fullmatch(text):
        raise ValueError("got another text")
    return text


def _answered(client: httpx.Client, event: str) -> Tried:
    """Whether the router lets the PING pass, within `PING_S`."""
    from contracts.errors import UsageError
    from services.cli.common.http_client import asked
    from services.operate.joining.checking import Tried

    until = time.monotonic() + PING_S
    while (state := asked(client.get(f"/v1/referrals/{event}"))["state"]) == PUBLISHED:
        if time.monotonic() > until:
            got, expected = "no notice", "the router’s; ask the operators whether it is behind"
            return Tried("ping", UsageError("ping_unanswered", got, expected))
        time.sleep(PAUSE_S)
    if state == "decided":
        return Tried("ping")
    expected = f"a PING that the router takes; `relais referrals {event}` says why"
    return Tried("ping", UsageError("ping_refused", "a refusal", expected))


def _show(asked: AtService, rows: Mapping[str, list[Tried]]) -> None:
    """For people a table for each desk; of a folder one, without its name."""
    if asked.json:
        shown = {name: [row.document() for row in some] for name, some in rows.items()}
        print_json({"rows": shown[""]} if "" in shown else {"desks": shown})
        return
    for name, some in rows.items():
        if name:
            asked.say(f"Desk {name}")
        heads = ["what was tried", "how it stands", "why"]
        print_table(heads, [
            [row.name, "cannot" if row.error else "working", row.error.describe() if row.error else "–"]
            for row in some
        ])  # fmt: skip

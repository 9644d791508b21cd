"""`relais partner check`: a desk's connection, by its service or from a partner's own folder."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.cli.common.asked import AtHome, command
from services.cli.partner.at_desk import REFUSED, UrlOption, desks, post

if TYPE_CHECKING:
    from contracts.errors import UsageError

PING_S: float = 10  # for the router's answer
PAUSE_S: float = 0.2  # between two looks
PUBLISHED: Final = "published"  # nothing has been decided yet
_CODE: Final = re.compile(r"[a-z_]{1,40}")
_EVENT: Final = re.compile(r"[0-9a-f-]{36}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AtService(AtHome):
    """And at which address the desk's service is."""

    url: UrlOption = ""


@command
def check(
    asked: AtService,
    desk: Annotated[str, typer.Argument(
        metavar="DESK", help="The desk, e.g. CRIP.", autocompletion=desks, show_default=False,
    )] = "",
    folder: Annotated[Path | None, typer.Option(
        help="The folder of a partner that keeps its keys itself.", file_okay=False, exists=True,
    )] = None,
) -> None:  # fmt: skip
    """Check a desk's connection to the bus.

    With DESK: its service publishes a PING with the desk's token, on no case, to nobody, and the
    router lets it pass. One a desk in a quarter of an hour.

    With --folder: a partner's own certificate and rights, and the router's answer to the PING that
    its program has sent. It writes nothing.

    Example: relais partner check edu-s
    """
    from services.operate.joining.checking import check_folder

    error = asyncio.run(check_folder(folder)) if folder else _ping(asked, desk)
    if error is None:
        asked.print({"works": True}, "it works: the router took the desk's PING")
        return
    why = {"code": error.code, "got": error.got, "expected": error.expected}
    asked.print({"works": False, **why}, error.describe())
    raise typer.Exit(REFUSED)


def _ping(asked: AtService, desk: str) -> UsageError | None:
    """Why no PING of a desk passes within `PING_S`; None: it does.

    Raises:
        UnreachableError: `service_unreachable`, `no_service`.
        UsageError: `desk_unknown`; those of `http_client.client`.
    """
    from contracts.errors import UsageError
    from services.cli.common import http_client
    from services.platform.process.exit_codes import UnreachableError

    http_client.check_home(asked.home, asked.url)
    name, agency = http_client.desk_of(asked.home, desk)
    with http_client.client(asked.home, agency, name, asked.url) as client:
        try:
            answer = post(asked, client, "/check", b"")
            document = http_client.asked(answer)
            if not answer.is_success:
                got, code = f"{answer.status_code}", _shown(_CODE, document["code"])
                return UsageError(code, got, "202; `relais status` says what is wrong")
            event, until = _shown(_EVENT, *document["events"]), time.monotonic() + PING_S
            while True:
                state = http_client.asked(client.get(f"/v1/referrals/{event}"))["state"]
                if state != PUBLISHED or time.monotonic() > until:
                    break
                time.sleep(PAUSE_S)
        except (ValueError, TypeError, KeyError):
            raise UnreachableError("no_service", "another document", "a service") from None
    if state == PUBLISHED:
        expected = "the router’s; ask the operators whether it is behind"
        return UsageError("ping_unanswered", "no notice", expected)
    expected = f"a PING that the router takes; `relais referrals {event}` says why"
    return None if state == "decided" else UsageError("ping_refused", "a refusal", expected)


def _shown(form: re.Pattern[str], text: str) -> str:
    """What an answer says where it has its form: of any other text nothing is repeated."""
    if not form.fullmatch(text):
        raise ValueError("got another text")
    return text

"""`relais partner check`: a desk's connection, by its service or from a partner's own folder."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.cli.common.asked import AtHome, command
from services.cli.partner.at_desk import REFUSED, AtDesk, UrlOption, post
from services.platform.ports import monotonic

if TYPE_CHECKING:
    from contracts.errors import UsageError

PING_S: float = 10  # for the router's answer
PAUSE_S: float = 0.2  # between two looks
PUBLISHED: Final = "published"  # nothing has been decided yet
_CODE: Final = re.compile(r"[a-z_]{1,40}")
_EVENT: Final = re.compile(r"[0-9a-f-]{36}")


@command
def check(
    asked: AtHome,
    desk: Annotated[str, typer.Argument(
        metavar="DESK", help="The desk, e.g. CRIP.", show_default=False,
    )] = "",
    folder: Annotated[Path | None, typer.Option(
        help="The folder of a partner that keeps its keys itself.", file_okay=False, exists=True,
    )] = None,
    url: UrlOption = "",
) -> None:  # fmt: skip
    """Check a desk's connection to the bus.

    With DESK: its service publishes a PING with the desk's token, on no case, to nobody, and the
    router lets it pass. One a desk in a quarter of an hour.

    With --folder: a partner's own certificate and rights, and the router's answer to the PING that
    its program has sent. It writes nothing.

    Example: relais partner check edu-s
    """
    from services.operate.joining.checking import check_folder

    at = AtDesk(output=asked.output, home=asked.home, desk=desk, url=url)
    error = asyncio.run(check_folder(folder)) if folder else _ping(at)
    if error is None:
        asked.print({"works": True}, "it works: the router took the desk's PING")
        return
    why = {"code": error.code, "got": error.got, "expected": error.expected}
    asked.print({"works": False, **why}, error.describe())
    raise typer.Exit(REFUSED)


def _ping(at: AtDesk) -> UsageError | None:
    """Why no PING of a desk passes within `PING_S`; None: it does.

    Raises:
        UnreachableError: `service_unreachable`, `no_service`.
        UsageError: those of `AtDesk.client`.
    """
    from contracts.errors import UsageError
    from services.cli.common import http_client
    from services.platform.process.exit_codes import UnreachableError

    with at.client() as (_desk, client):
        try:
            answer = post(at, client, "/check", b"")
            document = http_client.asked(answer)
            if not answer.is_success:
                got, code = f"{answer.status_code}", _shown(_CODE, document["code"])
                return UsageError(code, got, "202; `relais status` says what is wrong")
            event, until = _shown(_EVENT, *document["events"]), monotonic() + PING_S
            while (state := at.get(client, f"/v1/referrals/{event}", {})["state"]) == PUBLISHED:
                if monotonic() > until:
                    expected = "the router’s; ask the operators whether it is behind"
                    return UsageError("ping_unanswered", "no notice", expected)
                time.sleep(PAUSE_S)
        except (ValueError, TypeError, KeyError):
            raise UnreachableError("no_service", "another document", "a service") from None
    expected = f"a PING that the router takes; `relais referrals {event}` says why"
    return None if state == "decided" else UsageError("ping_refused", "a refusal", expected)


def _shown(form: re.Pattern[str], text: str) -> str:
    """What an answer says where it has its form: of any other text nothing is repeated."""
    if not form.fullmatch(text):
        raise ValueError("got another text")
    return text

"""`relais lookup`: a reference service sees which desks take part in its case."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from services.cli.common.asked import command
from services.cli.common.output import print_json
from services.cli.partner.at_desk import REFUSED, AtDesk, KeyOption, post, tell_problem
from services.platform.ports import monotonic, random_token

if TYPE_CHECKING:
    import httpx

PAUSE_S: float = 0.3  # between two looks for the answer
PATIENCE_S: float = 30  # routing has answered by then, or stands still

Document = dict[str, Any]


@command
def lookup(
    asked: AtDesk,
    case: Annotated[str, typer.Argument(help="Token of the case, or the agency's own reference.")],
    key: KeyOption = "",
) -> None:
    """Show which desks take part in a case.

    The desk must be a reference service of the case (`access` in the convention), on the civil
    bus. The log records each look-up. Exit 1 if it is refused.

    Example: relais lookup CASE --desk crip
    """
    with asked.client() as (desk, client):
        event = _published(asked, client, case, key or random_token(16))
        answer = _answer(asked, client, desk, event)
    asked.print(answer, "\n".join(answer["participants"]))


def _published(asked: AtDesk, client: httpx.Client, case: str, key: str) -> str:
    """The id of the look-up; raises typer.Exit where the service refuses it."""
    from services.cli.common import http_client

    answer = post(asked, client, "/v1/accesses", orjson.dumps({"case": case}), key=key)
    document = http_client.asked(answer)
    if not answer.is_success:
        if asked.json:
            print_json(document)
        else:
            tell_problem(asked, document)
        raise typer.Exit(REFUSED)
    return str(document["events"][0])


def _answer(asked: AtDesk, client: httpx.Client, desk: str, event: str) -> Document:
    """What routing answers a look-up.

    Raises:
        UnreachableError: `no_answer`: routing has not decided in time.
        typer.Exit: it refuses.
    """
    from services.cli.partner.words import reasons
    from services.platform.process.exit_codes import UnreachableError

    until = monotonic() + PATIENCE_S
    while monotonic() < until:
        answer = asked.get(client, f"/v1/accesses/{event}", {"desk": desk})
        if answer["state"] in ("refused", "quarantined"):
            asked.print(answer, f"refused: {reasons(answer.get('reasons', ()))}")
            raise typer.Exit(REFUSED)
        if answer["participants"]:
            return answer
        time.sleep(PAUSE_S)
    got = f"none within {PATIENCE_S:g} s"
    raise UnreachableError("no_answer", got, "routing's decision; the look-up is published")

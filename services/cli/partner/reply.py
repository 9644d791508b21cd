"""`relais reply`: a desk's answer to an arrival, as a signed event to its issuer."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import orjson
import typer

from contracts.errors import UsageError
from contracts.vocabulary.scopes import ACK_STAGES, JUDICIAL_OUTCOMES
from services.cli.common.asked import command
from services.cli.common.output import print_json
from services.cli.partner.at_desk import (
    REFUSED,
    AtDesk,
    EventArgument,
    KeyOption,
    post,
    tell_problem,
)
from services.platform.ports import random_token

Stage = StrEnum("Stage", {name: name for name in ACK_STAGES})  # type: ignore[misc]
Code = StrEnum("Code", {name: name for name in JUDICIAL_OUTCOMES})  # type: ignore[misc]


@command
def reply(
    asked: AtDesk,
    event: EventArgument,
    stage: Annotated[
        Stage | None, typer.Option(help="How far the desk is with it; else received.")
    ] = None,
    outcome: Annotated[Code | None, typer.Option(help="What became of it (R39, R41).")] = None,
    on: Annotated[str | None, typer.Option(help="Day of the outcome, YYYY-MM-DD.")] = None,
    final: Annotated[
        bool | None,
        typer.Option("--final/--not-final", help="Whether it is the last; else as the code says."),
    ] = None,
    status: Annotated[
        str | None, typer.Option(help="Of the procedure, by the prosecutor to the CRIP (R40).")
    ] = None,
    measure: Annotated[
        str | None, typer.Option(help="Measure ordered, by the prosecutor (R40).")
    ] = None,
    key: KeyOption = "",
) -> None:
    """Acknowledge an arrival or say what became of it.

    A stage or an outcome: one a reply. Exit 1 if it is refused.

    Example: relais reply EVENT --desk crip --outcome closed
    """
    from services.cli.partner import words

    given = {
        "code": outcome, "on": on, "final": final,
        "status": None if status is None else {"status": status},
        "measure": None if measure is None else {"measure": measure},
    }  # fmt: skip
    body = {name: value for name, value in given.items() if value is not None}
    if body and stage is not None:
        raise UsageError("replies_mixed", "both", "a stage or an outcome", "reply")
    if body:
        _reply(asked, event, "outcome", body, key or random_token(16), "outcome given")
    else:
        name = "received" if stage is None else stage.value
        done = f"acknowledged: {words.stage(name)}"
        _reply(asked, event, "acknowledge", {"stage": name}, key, done)


def _reply(
    asked: AtDesk, event: str, route: str, body: dict[str, Any], key: str, done: str
) -> None:
    from urllib.parse import quote

    from services.cli.common import http_client
    from services.cli.partner.words import remark

    with asked.client() as (_desk, client):
        path = f"/v1/inbox/{quote(event, safe='')}/{route}"
        answer = post(asked, client, path, orjson.dumps(body), key=key)
        document = http_client.asked(answer)
    if asked.json:
        print_json(document)
    elif answer.is_success:
        asked.say(done)
        for made in document["events"]:
            asked.say(f"  event {made}")
        for one in document.get("warnings", ()):
            typer.echo(f"  {remark(one)}")
    else:
        tell_problem(asked, document)
    if not answer.is_success:
        raise typer.Exit(REFUSED)

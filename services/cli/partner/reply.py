"""`relais acknowledge|outcome`: a desk's answer to an arrival, as a signed event to its issuer."""

from __future__ import annotations

import uuid
from enum import StrEnum
from typing import Annotated, Any

import orjson
import typer

from contracts.vocabulary.scopes import ACK_STAGES, JUDICIAL_OUTCOMES, JUSTIFIED, MOTIVES
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

Stage = StrEnum("Stage", {name: name for name in ACK_STAGES})  # type: ignore[misc]
Motive = StrEnum("Motive", {name: name for name in MOTIVES})  # type: ignore[misc]
Code = StrEnum("Code", {name: name for name in JUDICIAL_OUTCOMES})  # type: ignore[misc]


@command
def acknowledge(
    asked: AtDesk,
    event: EventArgument,
    stage: Annotated[Stage, typer.Option(help="How far the desk is with it.")] = Stage("received"),
    motive: Annotated[
        Motive | None,
        typer.Option(help="Why the desk had access, where that is asked.", show_default=False),
    ] = None,
    key: KeyOption = "",
) -> None:
    """Acknowledge an arrival; exit 1 if it is refused.

    Example: relais acknowledge EVENT --desk crip
    """
    from services.cli.partner import words

    body = {"stage": stage.value}
    said, told = "acknowledged: {stage}", words.stage(stage.value)
    if motive is not None:
        body = {"stage": JUSTIFIED, "motive": motive.value}
        said, told = "motive given: {stage}", words.motive(motive.value)
    _reply(asked, event, "acknowledge", body, key, said, stage=told)


@command
def outcome(
    asked: AtDesk,
    event: EventArgument,
    code: Annotated[
        Code | None, typer.Option(help="What became of it (R39, R41).", show_default=False)
    ] = None,
    on: Annotated[str, typer.Option(help="Day of it, YYYY-MM-DD.")] = "",
    final: Annotated[
        bool | None,
        typer.Option("--final/--not-final", help="Whether it is the last; else as the code says."),
    ] = None,
    status: Annotated[
        str, typer.Option(help="Of the procedure, by the prosecutor to the CRIP (R40).")
    ] = "",
    measure: Annotated[str, typer.Option(help="Measure ordered, by the prosecutor (R40).")] = "",
    key: KeyOption = "",
) -> None:
    """Tell the author of an arrival what became of it.

    Exit 1 if it is refused.

    Example: relais outcome EVENT --desk crip
    """
    body: dict[str, Any] = {"code": code.value} if code else {}
    body |= {"on": on} if on else {}
    body |= {} if final is None else {"final": final}
    body |= {"status": {"status": status}} if status else {}
    body |= {"measure": {"measure": measure}} if measure else {}
    _reply(asked, event, "outcome", body, key or str(uuid.uuid4()), "outcome given")


def _reply(
    asked: AtDesk, event: str, route: str, body: dict[str, Any], key: str, done: str, **facts: str
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
        asked.say(done.format(**facts))
        for made in document["events"]:
            asked.say(f"  event {made}")
        for one in document.get("warnings", ()):
            typer.echo(f"  {remark(one)}")
    else:
        tell_problem(asked, document)
    if not answer.is_success:
        raise typer.Exit(REFUSED)

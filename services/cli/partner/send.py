"""`relais send`: post an agency's record and show what became of it."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.common.output import (
    HOME,
    Format,
    FormatOption,
    HomeOption,
    errors_become_exit_codes,
    print_json,
    stderr,
)

if TYPE_CHECKING:
    import httpx

REFUSED: int = 1  # exit code: the record was not taken
TRIES: int = 5  # against 503 or no answer; the key makes it safe
PAUSE_S: float = 2  # between two tries


def register(app: typer.Typer) -> None:
    """Add the command `send`."""
    app.command("send")(send)


def send(
    record: Annotated[Path, typer.Argument(help="JSON file of the record; - for standard input.")],
    agency: Annotated[str, typer.Option(help="education, police, justice, …")] = "",
    desk: Annotated[
        str, typer.Option(help="The desk that sends; else the agency's first that files this kind.")
    ] = "",
    key: Annotated[str, typer.Option("--key", help="Idempotency-Key; else a new one.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Publish nothing.")] = False,
    url: Annotated[str, typer.Option(help="The service's address; else the home's.")] = "",
    home: HomeOption = HOME,
    output: FormatOption = Format.TEXT,
) -> None:
    """Send a record of an agency, in its own vocabulary; exit 1 if it is refused.

    The desk's token: from the file RELAIS_TOKEN_FILE, or RELAIS_TOKEN itself; else the home's.
    """
    import uuid

    from contracts.errors import UsageError
    from services.cli.common import http_client

    with errors_become_exit_codes():
        if not desk and not agency:
            raise UsageError("desk_missing", "neither", "--agency or --desk")
        http_client.check_home(home, url)  # before the record, which often lies in it
        body = sys.stdin.buffer.read() if str(record) == "-" else _read(record)
        desk, house = http_client.desk_of(home, desk or _first(home, agency, body))
        if agency and agency != house:
            raise UsageError("desk_of_other_agency", house, agency)
        with http_client.client(home, house, desk, url) as client:
            answer = _post(client, body, key or str(uuid.uuid4()), dry_run)
            found = http_client.asked(answer)
    if output is Format.JSON:
        print_json(found)
    else:
        _tell(found, answer.is_success)
    if not answer.is_success:
        raise typer.Exit(REFUSED)


def _first(home: Path, agency: str, body: bytes) -> str:
    """The first desk that files such a record; says so if others do too.

    Only a home that holds every desk's token can choose: one that the environment names is of one
    desk, and the service goes by it.
    """
    from services.cli.common.http_client import desks_for, names_token

    first, *others = desks_for(home, agency, body)
    if others and not names_token():
        stderr().print(f"sent by {first}; with --desk also {', '.join(others)}", highlight=False)
    return first


def _read(path: Path) -> bytes:
    from contracts.errors import UsageError

    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError("no_record", error.strerror or "", "a file", str(path)) from None


def _post(client: httpx.Client, body: bytes, key: str, dry_run: bool) -> httpx.Response:
    """Post, and try again with the same key while Kafka or the service is away."""
    import httpx

    from services.platform.process.exit_codes import UnreachableError

    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    params = {"dry_run": "true"} if dry_run else {}
    why, sent = "", False
    for left in reversed(range(TRIES)):
        try:
            answer = client.post("/referrals", content=body, headers=headers, params=params)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                return answer
            why, sent = str(answer.status_code), not dry_run
        except httpx.HTTPError as error:
            why = type(error).__name__
            reached = not isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout))
            sent = sent or (reached and not dry_run)
        if left:
            same = "" if dry_run else f" with the same key {key}"
            stderr().print(f"{why}: trying again{same}")
            time.sleep(PAUSE_S)
    # Only what has reached a service may have been published, and is found again by its key.
    then = f"try again with --key {key}" if sent else "nothing was published; `relais up`"
    raise UnreachableError("service_unreachable", why, f"an answer; {then}")


def _tell(found: dict[str, Any], taken: bool) -> None:
    """For people: what goes where, what stays, and which door is right."""
    if not taken:
        typer.echo(f"refused: {found.get('code')}")
        for name in ("place", "got", "expected"):
            if name in found:
                typer.echo(f"  {name}: {found[name]}")
    else:
        typer.echo("nothing published: a dry run" if found["dry_run"] else "published")
        typer.echo(f"  case {found['case']}")
        for event in found["events"]:
            typer.echo(f"  event {event}")
    for line in found.get("to", ()):
        clause = f" by {line['clause']}" if line.get("clause") else ""
        typer.echo(f"  → {line['desk']}: {line['verdict']}{clause} {' '.join(line['scopes'])}")
        if line["reasons"]:
            typer.echo(f"      because {', '.join(line['reasons'])}")
        door_for = "for the rest, if it is due" if line["scopes"] else "the right door"
        for door in line["doors"]:
            typer.echo(f"      {door_for}: {door['event']} to {door['role']} ({door['clause']})")
    for left in found.get("left_out", ()):
        where = f" for {left['desk']}" if "desk" in left else ""
        typer.echo(f"  not published{where}: {left['field']} ({', '.join(left['reasons'])})")

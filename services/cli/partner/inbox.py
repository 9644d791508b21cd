"""`relais inbox`: what arrived for a desk, opened for this reader and stored nowhere."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from services.cli.common.output import (
    HOME,
    Format,
    FormatOption,
    HomeOption,
    errors_become_exit_codes,
)

WAIT_S: int = 20


def register(app: typer.Typer) -> None:
    """Add the command `inbox`."""
    app.command("inbox")(inbox)


def inbox(
    desk: Annotated[str, typer.Option(help="The desk that reads, e.g. CRIP.")],
    follow: Annotated[bool, typer.Option("--follow", help="Wait for more until Ctrl-C.")] = False,
    after: Annotated[str, typer.Option(help="Cursor of an earlier reading.")] = "",
    url: Annotated[str, typer.Option(help="The service's address; else the home's.")] = "",
    home: HomeOption = HOME,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show a desk's arrivals in order; with --format json one object a line.

    The desk's token: from the file RELAIS_TOKEN_FILE, or RELAIS_TOKEN itself; else the home's.
    """
    from services.cli.common import http_client

    with errors_become_exit_codes():
        http_client.check_home(home, url)
        name, agency = http_client.desk_of(home, desk)
        with http_client.client(home, agency, name, url) as client:
            try:
                _read(client, name, after, follow, output)
            except KeyboardInterrupt:
                return


def _read(client: Any, desk: str, after: str, follow: bool, output: Format) -> None:
    import httpx
    import orjson

    from services.cli.common.http_client import asked
    from services.platform.process.exit_codes import UnreachableError

    while True:
        wait = WAIT_S if follow else 0
        try:
            answer = client.get("/inbox", params={"desk": desk, "after": after, "wait": wait})
        except httpx.HTTPError as error:
            why = type(error).__name__
            raise UnreachableError("service_unreachable", why, "a service; `relais up`") from None
        page = asked(answer)
        if not answer.is_success:
            typer.echo(f"refused: {page.get('code')}", err=True)
            raise typer.Exit(3 if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE else 1)
        for item in page["items"]:
            typer.echo(orjson.dumps(item).decode() if output is Format.JSON else _text(item))
        after = page["cursor"]
        if not page["items"] and not follow:
            typer.echo(f"cursor: {after}", err=True)
            return


def _text(item: dict[str, Any]) -> str:
    """One arrival for people."""
    if "error" in item and "event" not in item:
        return f"{item['delivered_at']}  not readable: {item['error']}"
    title = item.get("title", {}).get("en") or item["type"]
    lines = [f"{item['delivered_at']}  {title}, from {item['from']}  ({item['event']})"]
    lines.append(f"    case {item['case']} ({item['realm']})")
    if item.get("withdrawn"):
        lines.append("    withdrawn by its issuer")
    if "error" in item:
        lines.append(f"    not readable: {item['error']}")
    for scope, body in sorted(item.get("parts", {}).items()):
        lines.append(f"    {scope}:")
        for name, value in body.items():
            lines += [f"        {line}" for line in _told(name, value)]
    lines += [
        f"    owed: {owed['act']} to {owed['to']} by {owed['due']}" for owed in item.get("owes", ())
    ]
    return "\n".join(lines)


def _told(name: str, value: Any) -> list[str]:
    """One field for people: lists and what they hold on lines of their own."""
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        entries = [", ".join(f"{key}: {part}" for key, part in one.items()) for one in value]
        return [f"{name}:", *(f"    - {entry}" for entry in entries)]
    if isinstance(value, list):
        return [f"{name}: {', '.join(map(str, value))}"]
    return [f"{name}: {value}"]

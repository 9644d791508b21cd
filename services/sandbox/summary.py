"""What `relais sandbox` shows once it answers: address, desks, tokens, and what to try."""

from __future__ import annotations

from typing import Any, Final

from services.operate.home.folder import as_typed
from services.sandbox.app import Listening
from services.sandbox.records import EXAMPLE

AUTHOR: Final = "edu-s"  # who sends the example
LINES: Final = (
    "The service of {agency}: {url}",
    "Desks that you play: {desks}",
    "Tokens: {folder}/<desk>, one file a desk",
    "Documents: {url}/docs, {url}/openapi.json, {url}/asyncapi.json",
    "What a record's reference can ask for, and the clock: {url}/sandbox",
    "What your software has shown of ten good habits: {url}/sandbox/checklist",
    "In a browser: {url}/desk, with a desk for an account and its token for a password",
)


def facts(listening: Listening) -> dict[str, Any]:
    """The same for machines."""
    return {
        "home": str(listening.home.path),
        "agency": listening.agency,
        "url": listening.url,
        "desks": list(listening.desks),
        "desk_page": f"{listening.url}/desk",
        "tokens": str(listening.home.path / "tokens"),
        "try": commands(listening),
    }


def lines(listening: Listening) -> list[str]:
    """What people are shown."""
    told = {
        "agency": listening.agency, "url": listening.url,
        "desks": " ".join(desk.upper() for desk in listening.desks),
        "folder": str(as_typed(listening.home.path / "tokens")),
    }  # fmt: skip
    return [
        *(line.format(**told) for line in LINES),
        "",
        "Try, in another terminal:",
        *(f"  {command}" for command in commands(listening)),
        "",
        "Ctrl-C ends it: what was sent is gone; keys and tokens stay.",
    ]


def commands(listening: Listening) -> list[str]:
    """Three commands: where the agency is a school, one sends its concern."""
    home, desk = as_typed(listening.home.path), listening.desks[0]
    at = f"--home {home}"
    bearer = f'-H "Authorization: Bearer $(cat {home}/tokens/{desk})"'
    tried = [f"relais inbox {at} --desk {desk}", f"curl -s {bearer} {listening.url}/v1/duties"]
    if AUTHOR not in listening.desks:
        return [*tried, f"relais referrals {at} --desk {desk}"]
    example = as_typed(listening.home.path / EXAMPLE)
    sends = f"relais send {at} --desk {AUTHOR} {example}"
    return [sends, f"relais referrals {at} --desk {AUTHOR}", tried[1].replace(desk, AUTHOR)]

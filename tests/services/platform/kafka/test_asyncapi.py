"""An agency's `/asyncapi.json` is AsyncAPI for the official parser, and complete."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

from tests.services.agency.bench import serving
from tests.shell import node_says

ERROR: Final = 0  # severity; 2 is advice, of which there is one: a newer version of AsyncAPI


async def _of_agency() -> dict[str, Any]:
    async with serving("child_welfare") as bench:
        found: dict[str, Any] = (await bench.client.get("/asyncapi.json")).json()
    return found


def test_the_official_parser_takes_it(node: Path) -> None:
    """No error of `@asyncapi/parser`, and as many operations as topics are read and written."""
    document = asyncio.run(_of_agency())

    found = node_says(node, "asyncapi.mjs", document)

    assert [one for one in found["found"] if one["severity"] == ERROR] == []
    assert found["valid"]
    assert sorted(found["operations"]) == sorted(document["operations"])

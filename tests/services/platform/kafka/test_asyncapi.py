"""Every service's `/asyncapi.json` is AsyncAPI for the official parser, and complete."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from contracts.vocabulary import topics
from services.audit.app import interface as audit_interface
from services.platform.settings import AuditSettings
from services.routing import inputs as routing_topics
from tests.patience import PATIENCE
from tests.services.agency.bench import serving

NODE: Final = Path(__file__).parents[3] / "node"
ERROR: Final = 0  # severity; 2 is advice, of which there is one: a newer version of AsyncAPI
REALM: Final = "civil"
NUMBER: Final = {REALM: 24}
TOPICS: Final = [
    topics.control(REALM), topics.decisions(REALM), topics.evidence(REALM),
    topics.quarantine(REALM), topics.inbox(REALM, "child_welfare"),
    topics.outbox(REALM, "education"),
]  # fmt: skip


def documents() -> dict[str, dict[str, Any]]:
    """A document of each sort of service; the router's Kafka asks for certificates."""
    settings = AuditSettings.model_construct(kafka="localhost:9092", realms=(REALM,))
    return {
        "agency": asyncio.run(_of_agency()),
        "routing": routing_topics.document(
            TOPICS, NUMBER, "localhost:9092,localhost:9093", secure=True
        ),
        "audit": audit_interface(settings, NUMBER),
    }


async def _of_agency() -> dict[str, Any]:
    async with serving("child_welfare") as bench:
        found: dict[str, Any] = (await bench.client.get("/asyncapi.json")).json()
    return found


@pytest.mark.parametrize("service", ["agency", "routing", "audit"])
def test_the_official_parser_takes_it(service: str, node: Path) -> None:
    """No error of `@asyncapi/parser`, and as many operations as topics are read and written."""
    document = documents()[service]

    done = subprocess.run(
        [str(node), "asyncapi.mjs"], cwd=NODE, input=json.dumps(document), capture_output=True,
        text=True, check=True, timeout=PATIENCE,
    )  # fmt: skip

    found = json.loads(done.stdout)
    assert [one for one in found["found"] if one["severity"] == ERROR] == []
    assert found["valid"]
    assert sorted(found["operations"]) == sorted(document["operations"])

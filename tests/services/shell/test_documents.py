"""OpenAPI, AsyncAPI and the offline page say what the services do, and load nothing."""

import re

import pytest

from contracts.scopes import AGENCIES
from tests.samples import kinds
from tests.services.shell.bench import serving

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("agency", AGENCIES)
async def test_every_kind_of_record_is_described(agency: str) -> None:
    """The document names every route of `use.md` and every kind that the agency takes."""
    async with serving(agency) as bench:
        document = (await bench.client.get("/openapi.json")).json()

    post = document["paths"]["/referrals"]["post"]
    schemas = post["requestBody"]["content"]["application/json"]["schema"]["oneOf"]
    found = {schema["properties"]["kind"]["const"] for schema in schemas}
    assert found == set(kinds(agency))
    assert set(document["paths"]) == {
        "/referrals", "/referrals/{event_id}", "/referrals/{event_id}/withdraw", "/inbox",
        "/inbox/{event_id}/acknowledge", "/inbox/{event_id}/outcome", "/duties",
    }  # fmt: skip
    assert document["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    assert "$ref" not in str(post["requestBody"])


async def test_the_page_has_no_script_and_no_other_host() -> None:
    """`/docs` works offline: nothing is fetched from anywhere, and its policy forbids it."""
    async with serving("education") as bench:
        answer = await bench.client.get("/docs")

    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", answer.text)
    assert "/inbox/{event_id}/acknowledge" in answer.text


async def test_topics_and_messages_are_described() -> None:
    """The AsyncAPI document names own outboxes and inboxes and no one else's."""
    async with serving("justice") as bench:
        document = (await bench.client.get("/asyncapi.json")).json()

    assert document["asyncapi"] == "3.0.0"
    channels = set(document["channels"])
    assert {"relais.civil.outbox.justice", "relais.criminal.outbox.justice"} <= channels
    assert "relais.civil.inbox.je" in channels
    assert not any("crip" in name for name in channels)
    assert "idem" in document["components"]["messages"]["published"]["headers"]["properties"]

"""OpenAPI, AsyncAPI and the offline page say what the services do, and load nothing from elsewhere."""

import re

import pytest

from contracts.vocabulary.scopes import AGENCIES
from services.agency.http.routes import EXPECTED
from tests.samples import kinds
from tests.services.agency.bench import serving

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("agency", AGENCIES)
async def test_every_kind_of_record_is_described(agency: str) -> None:
    """The document names every route and every kind that the agency takes."""
    async with serving(agency) as bench:
        document = (await bench.client.get("/openapi.json")).json()

    post = document["paths"]["/v1/referrals"]["post"]
    references = post["requestBody"]["content"]["application/json"]["schema"]["oneOf"]
    names = [one["$ref"].rpartition("/")[2] for one in references]
    schemas = document["components"]["schemas"]
    found = {schemas[name]["properties"]["kind"]["const"] for name in names}
    assert found == set(kinds(agency))
    assert set(document["paths"]) == {
        "/v1/referrals", "/v1/referrals/{event_id}",
        "/v1/referrals/{event_id}/withdraw", "/v1/inbox",
        "/v1/inbox/{event_id}/acknowledge", "/v1/inbox/{event_id}/outcome",
        "/v1/inbox/{event_id}/entrust", "/v1/cases:entrust", "/v1/duties",
        "/v1/accesses", "/v1/accesses/{event_id}", "/v1/accesses/{event_id}/ask",
        "/v1/desks", "/v1/codes", "/v1/records/{kind}",
        "/v1/webhook", "/v1/webhook/resume",
    }  # fmt: skip
    assert document["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"


@pytest.mark.parametrize("agency", AGENCIES)
async def test_every_refusal_is_described_as_it_comes(agency: str) -> None:
    """Problem documents, never the framework's own errors; and each route has a title in words."""
    async with serving(agency) as bench:
        document = (await bench.client.get("/openapi.json")).json()

    routes = [route for path in document["paths"].values() for route in path.values()]
    for route in routes:
        refused = {code: one for code, one in route["responses"].items() if code >= "400"}
        assert "422" in refused  # a parameter that the route does not have
        assert {media for one in refused.values() for media in one["content"]} == {
            "application/problem+json"
        }
    assert "HTTPValidationError" not in str(document)
    assert not [route for route in routes if route["summary"].istitle()]


async def test_what_a_parameter_takes_is_told_in_words() -> None:
    """Whoever adds a parameter says what it takes: `desk`, any text, is checked by the token."""
    async with serving("education") as bench:
        document = (await bench.client.get("/openapi.json")).json()

    routes = [route for path in document["paths"].values() for route in path.values()]
    found = {one["name"] for route in routes for one in route["parameters"] if one["in"] == "query"}
    assert found == {"desk", *EXPECTED}


async def test_the_page_runs_its_own_scripts_and_reaches_no_other_host() -> None:
    """`/docs` works offline: what it loads is here, and its policy lets nothing else in."""
    async with serving("education") as bench:
        answer = await bench.client.get("/docs")
        loaded = re.findall(r"(?:src|href)=[\"']([^\"']+)", answer.text)
        found = {path: (await bench.client.get(path)).status_code for path in loaded}

    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self' 'sha256-")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert len(found) == 3
    assert set(found.values()) == {200}


@pytest.mark.parametrize("agency", ["education", "justice"])
async def test_no_description_speaks_to_whoever_reads_the_code(agency: str) -> None:
    """Of a docstring, what explains the class is not for the readers of its schema."""
    async with serving(agency) as bench:
        document = (await bench.client.get("/openapi.json")).text

    assert not {"Attributes:", "Args:", "Raises:"} & set(document.replace("\\n", " ").split())
    assert "An earlier event, as the inbox or an earlier answer named it." in document


async def test_what_202_means_is_said_where_a_record_is_posted() -> None:
    """Taken is not sent: an attempt is answered 202 as well."""
    async with serving("education") as bench:
        document = (await bench.client.get("/openapi.json")).json()

    said = document["paths"]["/v1/referrals"]["post"]["description"]
    for outcome in ("published", "published_in_part", "attempt_recorded"):
        assert f"`{outcome}`" in said
    assert "nothing was sent" in said


async def test_topics_and_messages_are_described() -> None:
    """The AsyncAPI document names own outboxes and inboxes and no one else's."""
    async with serving("justice") as bench:
        document = (await bench.client.get("/asyncapi.json")).json()

    assert document["asyncapi"] == "3.0.0"
    channels = set(document["channels"])
    assert {"relais.civil.outbox.justice", "relais.criminal.outbox.justice"} <= channels
    assert "relais.civil.inbox.justice" in channels
    assert not any("child_welfare" in name for name in channels)
    assert "idem" in document["components"]["messages"]["published"]["headers"]["properties"]

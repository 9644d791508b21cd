"""OpenAPI, AsyncAPI and the offline page say what the services do, and load nothing."""

import html
import re

import pytest

from contracts.vocabulary.scopes import AGENCIES
from services.agency.http.routes import EXPECTED
from tests.samples import kinds
from tests.services.agency.bench import serving

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("agency", AGENCIES)
async def test_every_kind_of_record_is_described(agency: str) -> None:
    """The document names every route of use §2 and every kind that the agency takes."""
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


async def test_the_page_has_no_script_and_no_other_host() -> None:
    """`/docs` works offline: nothing is fetched from anywhere, and its policy forbids it."""
    async with serving("education") as bench:
        answer = await bench.client.get("/docs")

    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", answer.text)
    assert "/v1/inbox/{event_id}/acknowledge" in answer.text


async def test_a_body_leads_to_its_schema() -> None:
    """Nobody has to read `$ref` and look for the name: each link has its place on the page."""
    async with serving("education") as bench:
        page = (await bench.client.get("/docs")).text

    led = set(re.findall('href="#(schema-[^"]+)"', page))
    assert {"schema-Signalement", "schema-SendAnswer"} <= led
    assert led <= set(re.findall('id="(schema-[^"]+)"', page))


def row_of(page: str, name: str, after: str) -> str:
    """The text of a table's row, by its first cell, behind a place of the page."""
    row = re.search(rf"<tr><td><code>{name}</code>.*?</tr>", page.partition(after)[2])
    assert row, name
    cells = re.sub(r"</td><td>", " | ", row[0])
    return html.unescape(re.sub(r"<[^>]*>", "", cells))


async def test_a_parameter_says_what_it_takes() -> None:
    """Type, bounds, default and example, without a look into `openapi.json`."""
    async with serving("education") as bench:
        page = (await bench.client.get("/docs")).text

    told = "integer, 1 to 50 | 50 | 20 | Events in the answer."
    assert row_of(page, "limit", "<code>/v1/referrals</code>") == f"limit | query | {told}"
    wait = row_of(page, "wait", "<code>/v1/inbox</code>")
    assert wait == "wait | query | number, 0 to 30 | 0 | 20 | Seconds to wait for a first arrival."
    key = row_of(page, "Idempotency-Key", "<code>/v1/referrals</code>")
    assert "string, at most 200 characters, ^[ -~]*$" in key


async def test_a_member_says_what_it_holds() -> None:
    """Of requests and answers alike; what it is made of is led to."""
    async with serving("education") as bench:
        page = (await bench.client.get("/docs")).text

    place = 'id="schema-InformationPreoccupante"'
    assert row_of(page, "pupil", place).startswith("pupil required | Pupil | ")
    kind = row_of(page, "kind", place)
    assert kind.startswith('kind required | "information_preoccupante" | ')
    answers = row_of(page, "answers", place)
    assert answers.startswith("answers | list of EventReference, at most 16 entries | [] | ")
    remarks = row_of(page, "remarks", place)
    assert "string, 1 to 2000 characters, no control or invisible characters |" in remarks
    assert '<a href="#schema-Pupil">Pupil</a>' in page
    assert "one of published, delivered, withheld, refused, left_out" in row_of(
        page, "state", 'id="schema-DeskStatus"'
    )


@pytest.mark.parametrize("agency", ["education", "justice"])
async def test_no_description_speaks_to_whoever_reads_the_code(agency: str) -> None:
    """Of a docstring, what explains the class is not for the readers of its schema."""
    async with serving(agency) as bench:
        document = (await bench.client.get("/openapi.json")).text
        page = (await bench.client.get("/docs")).text

    assert not {"Attributes:", "Args:", "Raises:"} & set(
        (document + page).replace("\\n", " ").split()
    )
    assert "An earlier event, as the inbox or an earlier answer named it." in document


async def test_what_202_means_is_said_where_a_record_is_posted() -> None:
    """Taken is not sent: an attempt is answered 202 as well."""
    async with serving("education") as bench:
        document = (await bench.client.get("/openapi.json")).json()
        page = (await bench.client.get("/docs")).text

    said = document["paths"]["/v1/referrals"]["post"]["description"]
    for outcome in ("published", "published_in_part", "attempt_recorded"):
        assert f"`{outcome}`" in said
        assert f"<code>{outcome}</code>" in page
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

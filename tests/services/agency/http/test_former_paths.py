"""What the last release called a path is answered until its sunset, and says so."""

import pytest

from tests.services.agency.bench import bearer, serving
from tests.services.agency.http.test_http import concern

pytestmark = pytest.mark.anyio

HEADERS = {
    "deprecation": "@1795910400",
    "sunset": "Tue, 01 Jun 2027 00:00:00 GMT",
    "link": '</docs>; rel="deprecation"; type="text/html"',
}


async def test_a_former_path_is_answered_and_says_until_when() -> None:
    """Sent by the old name, found by the new one."""
    async with serving("education") as school:
        sent = await school.client.post("/referrals", json=concern(), headers=bearer("edu-s"))
        event = sent.json()["events"][0]
        old = await school.get("edu-s", f"/referrals/{event}", desk="edu-s")
        new = await school.get("edu-s", f"/v1/referrals/{event}")

    assert (sent.status_code, old.json()) == (202, new.json())
    assert sent.headers["location"] == f"/v1/referrals/{event}"
    assert HEADERS.items() <= sent.headers.items()
    assert HEADERS.items() <= old.headers.items()
    assert not {"deprecation", "sunset"} & set(new.headers)


@pytest.mark.parametrize(
    "path", ["/inboxes", "/v1/inbox/referrals", "/v1/v1/inbox", "/inbox/../x", "*"]
)
async def test_no_other_path_is_taken_for_a_former_one(path: str) -> None:
    """Neither what begins alike nor what has the word elsewhere."""
    async with serving("education") as school:
        answer = await school.get("edu-s", path)

    assert answer.status_code == 404
    assert "sunset" not in answer.headers


async def test_a_refusal_tells_it_too() -> None:
    """Whoever asks wrongly learns it as well; metrics count the path as what it is now."""
    async with serving("education") as school:
        answer = await school.client.get("/duties")
        page = school.parts.metrics.page().decode()

    assert answer.status_code == 401
    assert HEADERS.items() <= answer.headers.items()
    assert 'relais_http_requests_total{method="GET",route="/v1/duties",status="401"} 1.0' in page

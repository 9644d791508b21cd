"""When something is sent again: a duplicate, what nobody acknowledged, an acknowledgement."""

import pytest

from tests.services.agency.bench import Bench, bearer
from tests.services.agency.http.test_http import concern

pytestmark = pytest.mark.anyio

DAY_S = 24 * 3600


async def test_a_duplicate_gets_the_first_answer_and_is_shown_to_nobody(
    school: Bench, council: Bench
) -> None:
    """Days later, after it was delivered and acknowledged: the same bytes, and one arrival."""
    key = {"Idempotency-Key": "letter 7"}
    first = await school.post("edu-s", concern(), **key)
    school.settle()
    event = first.json()["events"][0]
    await council.client.post(f"/v1/inbox/{event}/acknowledge", headers=bearer("crip"))
    school.settle()
    school.world.clock.advance(2 * DAY_S)

    again = await school.post("edu-s", concern(), **key)
    school.settle()

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["location"] == first.headers["location"]
    arrivals = (await council.get("crip", "/v1/inbox")).json()["items"]
    assert [item["event"] for item in arrivals] == [event]


async def test_what_was_never_acknowledged_may_be_sent_again(school: Bench, council: Bench) -> None:
    """Under a new key it is another event, delivered as the first was; either may be acknowledged."""
    events = []
    for key in ("first", "second"):
        sent = await school.post("edu-s", concern(), **{"Idempotency-Key": key})
        events += sent.json()["events"]
        school.settle()
    await council.client.post(f"/v1/inbox/{events[0]}/acknowledge", headers=bearer("crip"))
    late = await council.client.post(f"/v1/inbox/{events[1]}/acknowledge", headers=bearer("crip"))
    school.settle()

    arrivals = (await council.get("crip", "/v1/inbox")).json()["items"]
    told = [(await school.get("edu-s", f"/v1/referrals/{event}")).json() for event in events]

    assert late.status_code == 202
    assert [item["event"] for item in arrivals] == events
    assert len(set(events)) == 2
    assert [len(status["to"][0]["acknowledged"]) for status in told] == [1, 1]


async def test_an_acknowledgement_is_never_acknowledged(school: Bench, council: Bench) -> None:
    """It is no arrival, so there is nothing to answer: 404, and nothing is published."""
    event = (await school.post("edu-s", concern())).json()["events"][0]
    school.settle()
    told = await council.client.post(f"/v1/inbox/{event}/acknowledge", headers=bearer("crip"))
    school.settle()
    acknowledgement = told.json()["events"][0]

    answers = [
        await school.client.post(
            f"/v1/inbox/{acknowledgement}/{reply}", json=body, headers=bearer("edu-s")
        )
        for reply, body in (("acknowledge", {}), ("outcome", {"code": "closed"}))
    ]

    assert [answer.json()["code"] for answer in answers] == ["event_unknown"] * 2
    assert (await school.get("edu-s", "/v1/inbox")).json()["items"] == []
    assert school.writes.batches == [1]

"""The Python client against an agency's own routes, and against services that fail."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, get_type_hints

import httpx
import pytest

from relais.client import (
    AsyncClient,
    CallRefusedError,
    Client,
    UnansweredError,
    acknowledge,
    answers,
    codes,
    duties,
    entrust,
    entrust_cases,
    inbox,
    publish,
    records,
    referral,
    referrals,
    webhook,
)
from relais.client.exchange import Exchange
from tests.flows.passing_on import THIRD, pass_on, three_homes
from tests.samples import sample
from tests.services.agency.bench import serving, token
from tests.services.agency.http.test_entrusting import placement

MARKER = "Zoe-canary-6611"
SCHEMAS = {
    "SendReply": "SendAnswer", "InboxEntry": "InboxItem", "InboxPage": "Inbox", "OwedDuties": "Duties",
    "EventProgress": "EventStatus", "EventPage": "Referrals", "LookUpReply": "AccessAnswer",
    "FirstAccessPage": "FirstAccesses", "WebhookReply": "WebhookStatus", "CodeReply": "CodeLists",
    "RecordReply": "RecordForm", "EntrustReply": "CasesEntrusted",
}  # fmt: skip


def concern() -> dict[str, Any]:
    """What a school sends."""
    return sample("education", "information_preoccupante", MARKER)


@pytest.mark.anyio
async def test_a_concern_goes_there_and_is_read_and_acknowledged() -> None:
    """Through the real routes of two agencies, each desk by its own client."""
    async with serving("education") as school, serving("child_welfare", school.world) as council:
        by_school = AsyncClient("http://school", token("edu-s"), transport=school.client._transport)
        by_crip = AsyncClient("http://crip", token("crip"), transport=council.client._transport)
        async with by_school as edu, by_crip as crip:
            sent = await edu.ask(publish(concern()))
            school.settle()
            page = await crip.ask(inbox(limit=5))
            await crip.ask(acknowledge(page["items"][0]["event"]))
            school.settle()
            stands = await edu.ask(referral(sent["events"][0]))
            owed = await crip.ask(duties())
            every = await edu.ask(referrals())
            with pytest.raises(CallRefusedError) as refused:
                await crip.ask(webhook())

    assert sent["sent_to"] == ["crip"]
    assert page["items"][0]["event"] == sent["events"][0]
    assert stands["to"][0]["acknowledged"][0]["stage"] == "received"
    assert owed["desk"] == "crip"
    assert [item["event"] for item in every["items"]] == sent["events"]
    assert (refused.value.status, refused.value.code) == (404, "webhook_unset")


@pytest.mark.anyio
async def test_codes_and_the_form_of_a_record_are_read() -> None:
    """Every code; a kind's schema and example."""
    async with serving("education") as school:
        by_school = AsyncClient("http://school", token("edu-s"), transport=school.client._transport)
        async with by_school as edu:
            lists = await edu.ask(codes())
            form = await edu.ask(records("information_preoccupante"))

    assert "stages" in {one["name"] for one in lists["lists"]}
    assert (form["kind"], form["example"]["kind"]) == ("information_preoccupante",) * 2


@pytest.mark.anyio
async def test_a_desk_that_ends_gives_a_case_to_an_heir_which_reads_it() -> None:
    """What waits is listed until it is given; asked again under another key, it is answered alike."""
    world = three_homes()
    event = placement(world)
    pass_on(world, "home-1", "home-2", THIRD)
    async with serving("child_welfare", world) as council:
        by_old, by_heir = [
            AsyncClient("http://homes", token(desk), transport=council.client._transport)
            for desk in ("home-1", THIRD)
        ]
        async with by_old as old, by_heir as heir:
            before = await old.ask(duties())
            given = await old.ask(entrust(event, THIRD))
            again = await old.ask(entrust(event, THIRD))
            council.settle()
            rest = await old.ask(entrust_cases(THIRD))
            after = await old.ask(duties())
            page = await heir.ask(inbox())

    assert [one["events"] for one in before["to_entrust"]] == [[event]]
    assert (again["events"], "to_entrust" in after) == (given["events"], False)
    assert [one["type"] for one in page["items"]] == ["ENTRUST"]
    assert (rest["events"], rest["refused"], rest["more"]) == ([], [], False)


@pytest.mark.anyio
async def test_an_heir_reads_whom_an_arrival_named() -> None:
    """The desk that ended, in one service with it."""
    world = three_homes()
    placement(world)
    pass_on(world, "home-1", "home-2")
    async with serving("child_welfare", world) as council:
        transport = council.client._transport
        async with AsyncClient("http://homes", token("home-2"), transport=transport) as heir:
            page = await heir.ask(inbox())

    assert [one["addressed_to"] for one in page["items"]] == ["home-1"]


def failing(*answers: int | Exception, **headers: str) -> tuple[httpx.MockTransport, list[str]]:
    """A service that answers so, one after the other; the keys that came."""
    left: Iterator[int | Exception] = iter(answers)
    keys: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers.get("idempotency-key", ""))
        following = next(left)
        if isinstance(following, Exception):
            raise following
        return httpx.Response(following, json={"code": "busy"}, headers=headers)

    return httpx.MockTransport(answer), keys


def test_every_try_has_the_key_of_the_first() -> None:
    """A broken connection, 503, then an answer: whatever reached the service is published once."""
    transport, keys = failing(httpx.ReadError("broken"), 503, 202)
    seen: list[object] = []

    with Client("http://a", "t", transport=transport, pause_s=0, told=seen.append) as client:
        client.ask(publish({}))

    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert keys[0]
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("error", "sent"), [(httpx.ConnectError("nobody"), False), (httpx.ReadTimeout("late"), True)]
)
def test_who_gives_up_says_whether_it_may_have_been_published(error: Exception, sent: bool) -> None:
    """And under which key to ask again."""
    transport, keys = failing(*[error] * 5)

    with (
        Client("http://a", "t", transport=transport, pause_s=0) as client,
        pytest.raises(UnansweredError) as caught,
    ):
        client.ask(publish({}, key="mine"))

    assert (caught.value.key, caught.value.sent, len(keys)) == ("mine", sent, 5)


@pytest.mark.parametrize("status", [400, 404, 409, 422])
def test_a_refusal_is_not_tried_again(status: int) -> None:
    """It would be refused again."""
    transport, keys = failing(status)

    with Client("http://a", "t", transport=transport) as client, pytest.raises(CallRefusedError):
        client.ask(publish({}))

    assert len(keys) == 1


@pytest.mark.parametrize(
    ("status", "body"), [(400, b"[1]"), (400, b'"x"'), (200, b"null"), (200, b"[" * 100_000)]
)
def test_an_answer_that_is_no_object_is_a_refusal(status: int, body: bytes) -> None:
    """Whatever stands between client and service says it."""
    far = httpx.MockTransport(lambda _asked: httpx.Response(status, content=body))
    with (
        Client("http://school", "token", transport=far) as client,
        pytest.raises(CallRefusedError) as refused,
    ):
        client.ask(duties())

    assert (refused.value.status, refused.value.code) == (status, "")


def test_a_redirect_is_not_followed_and_takes_no_token_along() -> None:
    """To another host least of all."""
    asked: list[str] = []

    def moved(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(307, headers={"Location": "https://evil.example/v1/duties"})

    with (
        Client("http://school", "token", transport=httpx.MockTransport(moved)) as client,
        pytest.raises(CallRefusedError),
    ):
        client.ask(duties())

    assert asked == ["school"]


@pytest.mark.parametrize("status", [200, 302, 502, 503, 504])
def test_what_a_proxy_says_is_no_answer(status: int) -> None:
    """A page in the service's stead, and then the service: asked again under the same key."""
    page = {"content-type": "text/html"}
    answers = iter([httpx.Response(status, headers=page), httpx.Response(202, json={})])
    keys: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["idempotency-key"])
        return next(answers)

    with Client("http://a", "t", transport=httpx.MockTransport(answer), pause_s=0) as client:
        client.ask(publish({}))

    assert len(keys) == 2
    assert len(set(keys)) == 1


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [("7", 7, 7), ("{date}", 15, 20), ("Sun, 06 Nov 1994 08:49:37 GMT", 0, 0), ("soon", 2, 2)],
)
def test_a_wait_is_a_number_or_a_date(text: str, least: float, most: float) -> None:
    """RFC 9110 §10.2.3; a date that has gone by asks for none, and another text says nothing."""
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    answer = httpx.Response(503, headers={"Retry-After": text.format(date=later)})

    wait = Exchange(publish({})).answered(answer)

    assert wait is not None
    assert least <= wait <= most


def test_a_long_wait_is_the_caller_s_to_plan() -> None:
    """An hour's figure is used up: nobody sleeps for an hour inside a call."""
    transport, keys = failing(429, **{"Retry-After": "1800"})

    with Client("http://a", "t", transport=transport) as client, pytest.raises(CallRefusedError):
        client.ask(publish({}))

    assert len(keys) == 1


@pytest.mark.anyio
async def test_types_say_what_the_service_says() -> None:
    """No member that `/openapi.json` does not have; none is demanded that it may leave out."""
    async with serving("education") as school:
        document = (await school.client.get("/openapi.json")).json()

    schemas = document["components"]["schemas"]
    for name, schema in SCHEMAS.items():
        kind: Any = getattr(answers, name)
        assert get_type_hints(kind).keys() <= schemas[schema]["properties"].keys(), name
        assert set(kind.__required_keys__) <= set(schemas[schema].get("required", ())), name


def test_it_needs_nothing_else_of_ours() -> None:
    """A partner's program loads neither FastAPI nor Kafka's client with it."""
    asked = (
        "import sys, relais.client; "
        "print([name for name in sys.modules if name.split('.')[0] in ('fastapi', 'aiokafka', 'pydantic', "
        "'contracts', 'services')])"
    )
    run: Callable[..., Any] = subprocess.run
    done = run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"

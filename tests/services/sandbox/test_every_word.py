"""Whatever a reference asks for befalls a case, and no documented request ends the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from structlog.testing import capture_logs

from services.sandbox.broken_answers import ANSWERS
from services.sandbox.steering import SECONDS, WORDS
from tests.samples import sample
from tests.services.sandbox.started import client, sandbox

pytestmark = pytest.mark.anyio

WAITING: Final = ("silent", "slow")  # answers that take their time
# Of each agency a desk, what it sends, and every route that a desk posts to about an event or its case.
SENDERS: Final = {
    "education": ("edu-s", "information_preoccupante"),
    "child_welfare": ("crip", "evaluation_request"),
}
REPLIES: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("/v1/accesses", {"case": ""}),
    ("/v1/accesses/{event}/ask", {}),
    ("/v1/inbox/{event}/acknowledge", {"stage": "accepted"}),
    ("/v1/inbox/{event}/outcome", {"code": "closed"}),
    ("/v1/inbox/{event}/entrust", {"to": "edu-s"}),
    ("/v1/referrals/{event}/withdraw", {}),
)


def references() -> Iterator[str]:
    """Every word, with one value if it has any, and every way to break an answer."""
    for name, word in WORDS.items():
        value = "60" if word.value == SECONDS else next(iter(word.known), "")
        if name != "answer":
            yield f"sandbox:{name}={value}" if value else f"sandbox:{name}"
    yield from (f"sandbox:answer={how}" for how in ANSWERS if how not in WAITING)


class Asking:
    """A desk that sends a record, and posts to every route about what came of it."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.cursors = {"/v1/referrals": "", "/v1/inbox": ""}
        self.states = set[str]()

    async def all(self, record: dict[str, Any]) -> None:
        """Send it twice, then ask about each event that is new."""
        for _ in range(2):  # the first may be refused, or answered by a broken connection
            with suppress(httpx.TransportError):
                await self.http.post("/v1/referrals", json=record)
        await moved(self.http, 1)
        for path in self.cursors:
            for item in (await self.new(path))[-3:]:
                self.states.add(item.get("state", ""))
                for route, body in REPLIES:
                    told = body | ({"case": item.get("case", "")} if "case" in body else {})
                    answer = await self.http.post(route.format(event=item.get("event")), json=told)
                    assert answer.status_code < 500, (route, record["reference"], answer.text)
        await moved(self.http, 61)

    async def new(self, path: str) -> list[dict[str, Any]]:
        """What is new there; all that is kept where a cursor is too old."""
        answer = await self.http.get(path, params={"after": self.cursors[path]})
        if answer.status_code == httpx.codes.GONE:
            answer = await self.http.get(path)
        body = answer.json()
        self.cursors[path] = body["cursor"]
        found: list[dict[str, Any]] = body["items"]
        return found + await self.new(path) if body["more"] else found


async def moved(http: httpx.AsyncClient, seconds: int) -> None:
    """Move the clock: when it is answered, all that was to befall has befallen."""
    answer = await http.post("/sandbox/clock", json={"seconds": seconds})
    assert answer.status_code == 200, answer.text


async def test_a_look_up_on_a_refused_case_is_refused_and_ends_nothing(tmp_path: Path) -> None:
    """Two documented requests: a concern that is to be refused, then who had access to its case."""
    async with sandbox(tmp_path / "home") as listening, client(listening, "edu-s") as http:
        record = sample(
            "education", "information_preoccupante", reference="sandbox:refuse=not_informed"
        )
        (sent,) = (await http.post("/v1/referrals", json=record)).json()["events"]
        case = (await http.get(f"/v1/referrals/{sent}")).json()["case"]
        (asked,) = (await http.post("/v1/accesses", json={"case": case})).json()["events"]
        await moved(http, 1)
        stand = [(await http.get(f"/v1/referrals/{one}")).json() for one in (sent, asked)]

    assert [(one["state"], one["reasons"]) for one in stand] == [("refused", ["not_informed"])] * 2


@pytest.mark.slow
@pytest.mark.parametrize("agency", SENDERS)
async def test_whatever_befalls_a_case_every_request_about_it_is_answered(
    agency: str, tmp_path: Path
) -> None:
    """All words, then all routes that take a POST; the program itself says that nothing went wrong in it."""
    desk, kind = SENDERS[agency]
    with capture_logs() as lines:
        async with sandbox(tmp_path / "home", agency) as listening, client(listening, desk) as http:
            asking = Asking(http)
            for reference in references():
                await asking.all(sample(agency, kind, reference=reference))

    assert {"published", "decided", "refused", "quarantined"} <= asking.states
    assert [line for line in lines if line["log_level"] == "error"] == []

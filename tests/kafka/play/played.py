"""What a play of the demo with canaries shows from outside, for all tests that look at it."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx
import orjson

from contracts.vocabulary.principals import CONSOLE
from services.console.roles import Role, sees
from services.operate.client import connect
from services.platform.kafka.bus import Bus
from services.platform.kafka.reading.log_reader import place_of
from services.play.demo.demo import Played
from services.play.run.launch import Federation
from tests.patience import PATIENCE
from tests.services.console.crawler import crawl

MARKER = "CANARY7f3a91c05be2"


async def looked_up(browser: httpx.AsyncClient, role: Role, event: str) -> dict[str, bytes]:
    """What an event's life and an unknown id show a role; nothing for one without the page."""
    if not sees(role, "event"):
        return {}
    nobodys = "0" * 8 + event[8:]
    return {
        f"{role} event": await _found(browser, event, b"decided again: the same"),
        f"{role} nobody": await _found(browser, nobodys, b"There is no event"),
    }


async def _found(browser: httpx.AsyncClient, event: str, words: bytes) -> bytes:
    """The page once it says something, or as it is after a while."""
    end = time.monotonic() + PATIENCE
    while words not in (page := await _asked(browser, event)):
        if time.monotonic() > end:
            break
        await asyncio.sleep(1)
    return page


async def _asked(browser: httpx.AsyncClient, event: str) -> bytes:
    page = (await browser.get("/event", params={"lang": "en"})).text
    form = re.search(r'name="form" value="([^"]+)"', page)
    assert form is not None
    return (await browser.post("/event?lang=en", data={"form": form[1], "event": event})).content


@dataclass
class Recorded:
    """What was seen of a play from outside.

    Attributes:
        pages: service and path -> metrics, documents.
        console: role and address -> a page of the operators' console.
        event, looked: an event that was sent; role and which -> what the console shows of it, and
            of nobody's id.
        errors: what the services answered to wrong requests that carried the marker.
        answers: every answer that the stories got.
        records: place on Kafka -> all that a record holds.
        pids: of all processes while it ran.
    """

    home: Path
    played: Played = field(default_factory=Played)
    pages: dict[str, bytes] = field(default_factory=dict)
    console: dict[str, bytes] = field(default_factory=dict)
    event: str = ""
    looked: dict[str, bytes] = field(default_factory=dict)
    errors: dict[str, bytes] = field(default_factory=dict)
    answers: list[tuple[httpx.Request, int, bytes]] = field(default_factory=list)
    records: dict[str, bytes] = field(default_factory=dict)
    pids: dict[str, int] = field(default_factory=dict)
    said: list[tuple[str, str]] = field(default_factory=list)

    def overhear(self, response: httpx.Response) -> None:
        """Keep an answer."""
        self.answers.append((response.request, response.status_code, response.content))

    async def inspect(self, federation: Federation) -> None:
        """Ask every service for its pages, and provoke its errors."""
        self.pids = dict(federation.pids)
        self.event = next(
            event
            for request, status, body in self.answers
            if (request.method, status) == ("POST", httpx.codes.ACCEPTED)
            for event in orjson.loads(body)["events"]
        )
        await self._crawl(federation)
        await self._read(federation.bootstrap)
        async with httpx.AsyncClient(trust_env=False) as client:
            for service in federation.services:
                told = ["/docs", "/openapi.json", "/asyncapi.json"] if service.desks else []
                for path in ["/live", "/ready", "/metrics", *told]:
                    page = await client.get(service.url + path)
                    self.pages[service.name + path] = _text(page)
                wrong = _wrong_requests(
                    client, service.url, service.desks, self._shown(service.url)
                )
                for name, request in wrong:
                    self.errors[f"{service.name} {name}"] = _text(await client.send(request))

    def _shown(self, url: str) -> tuple[str, dict[str, str]]:
        """An event that a desk of a service's was shown, and the desk's token; none of a router."""
        return next(
            (
                (item["event"], {"Authorization": request.headers["Authorization"]})
                for request, _, body in self.answers
                if request.url.copy_with(query=None) == f"{url}/v1/inbox"
                for item in orjson.loads(body).get("items", ())
            ),
            ("", {}),
        )

    async def _read(self, bootstrap: str) -> None:
        """Every record of every topic of Relais: key, value and headers as one text."""
        known = connect(bootstrap, None).list_topics(timeout=PATIENCE).topics
        async with Bus(bootstrap).reader(isolation_level="read_uncommitted") as reader:
            places = await reader.places([name for name in known if name.startswith("relais.")])
            async for batch in reader.read(dict.fromkeys(places)):
                for one in batch:
                    headers = (k.encode() + b"=" + (v or b"") for k, v in one.headers)
                    text = b"\n".join((one.key or b"", one.value or b"", *headers))
                    self.records[place_of(one)] = text

    async def _crawl(self, federation: Federation) -> None:
        """Look at every page of the console as each role, in both languages."""
        (console,) = (service for service in federation.services if service.role == CONSOLE)
        for role, password in federation.passwords.items():
            async with httpx.AsyncClient(
                base_url=console.url, trust_env=False, timeout=PATIENCE
            ) as browser:
                await browser.post("/sign-in", data={"account": role, "password": password})
                for target, page in (await crawl(browser)).items():
                    self.console[f"{role} {target}"] = _text(page)
                self.looked |= await looked_up(browser, cast("Role", role), self.event)


def _wrong_requests(
    client: httpx.AsyncClient, url: str, desks: Sequence[str], shown: tuple[str, dict[str, str]]
) -> list[tuple[str, httpx.Request]]:
    """Requests that carry the marker wherever a request can, each wrong in another way."""
    if not desks:
        return [("unknown route", client.build_request("GET", f"{url}/{MARKER}"))]
    event, token = shown
    own = token | {"Content-Type": "application/json"}
    key = own | {"Idempotency-Key": MARKER}
    posted = "POST", "/v1/referrals", key
    requests: list[tuple[str, str, str, dict[str, str], Any]] = [
        ("unknown kind", *posted, {"kind": MARKER, "reference": MARKER}),
        ("unknown field", *posted, {"kind": "withdrawal", MARKER: MARKER}),
        ("wrong type", *posted, {"kind": ["withdrawal", MARKER]}),
        ("no object", *posted, [MARKER]),
        ("no JSON", *posted, f'{{"kind": "{MARKER}'.encode()),
        ("twice a key", *posted, f'{{"{MARKER}":1,"{MARKER}":2}}'.encode()),
        ("no token", "GET", f"/v1/inbox?desk={desks[0]}&after={MARKER}", {}, b""),
        ("wrong token", "GET", "/v1/inbox", {"Authorization": f"Bearer {MARKER}"}, b""),
        ("other desk", "GET", f"/v1/inbox?desk={MARKER}", own, b""),
        ("wrong cursor", "GET", f"/v1/inbox?after={MARKER}", own, b""),
        ("wrong number", "GET", f"/v1/inbox?wait={MARKER}", own, b""),
        ("unknown event", "GET", f"/v1/referrals/{MARKER}", own, b""),
        ("unknown arrival", "POST", f"/v1/inbox/{MARKER}/acknowledge", own, {}),
        ("outcome of none", "POST", f"/v1/inbox/{MARKER}/outcome", own, {"code": "not_ip"}),
        ("unknown stage", "POST", f"/v1/inbox/{event}/acknowledge", own, {"stage": MARKER}),
        ("unknown code", "POST", f"/v1/inbox/{event}/outcome", key, {"code": MARKER}),
        ("unknown route", "GET", f"/{MARKER}", own, b""),
    ]
    return [
        (name, client.build_request(method, url + path, headers=headers, content=_bytes(content)))
        for name, method, path, headers, content in requests
    ]


def _bytes(content: Any) -> bytes:
    return content if isinstance(content, bytes) else orjson.dumps(content)


def _text(response: httpx.Response) -> bytes:
    headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    return f"{response.status_code}\n{headers}\n\n".encode() + response.content

"""Schemathesis asks a live service of each agency what its `/openapi.json` promises.

Requests are made of the document: right ones and wrong ones, with ids of events that exist and of none.
No answer is a 5xx, and each has a status, a media type, headers and a body that the document says.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from contracts.vocabulary.scopes import AGENCIES
from services.operate.home.home import Home
from tests.kafka.play.test_up import federation
from tests.patience import PATIENCE
from tests.promises import DESKS, Asked, promised, records
from tests.services.sandbox import process as sandbox
from tests.services.sandbox.dialogue import DESK, Dialogue

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Asked]]:
    """A federation in which every agency has sent a record of each kind, once for all tests."""
    home = tmp_path_factory.mktemp("promises") / "home"
    with federation(home) as facts:
        urls = {desk: row["url"] for row in facts["services"] for desk in row["desks"]}
        for agency in AGENCIES:
            for desk, record in records(agency):
                with client(Home(home), urls[desk], desk) as asking:
                    asking.post("/v1/referrals", json=record)
        yield {agency: asked(Home(home), agency, urls[DESKS[agency]]) for agency in AGENCIES}


def client(home: Home, url: str, desk: str) -> httpx.Client:
    """A desk's partner system."""
    headers = {"Authorization": f"Bearer {home.token(desk)}"}
    return httpx.Client(base_url=url, headers=headers, timeout=PATIENCE, trust_env=False)


def asked(home: Home, agency: str, url: str) -> Asked:
    """An agency's service, once its desk has been sent something."""
    desk = DESKS[agency]
    with client(home, url, desk) as asking:
        inbox = asking.get("/v1/inbox", params={"wait": 20}).json()["items"]
        own = asking.get("/v1/referrals").json()["items"]
        headers = {"Authorization": asking.headers["Authorization"]}
    events = [item["event"] for item in (*inbox, *own)]
    mine = [record for one, record in records(agency) if one == desk]
    return Asked(url, headers, events, mine, home)


def test_a_sandbox_answers_a_school_as_a_federation_does(
    running: dict[str, Asked], tmp_path: Path
) -> None:
    """One conversation with both, byte for byte: and what leads a sandbox's CRIP leads no other."""
    school, council = running["education"], running["child_welfare"]

    def act(what: str, event: str, body: dict[str, str]) -> None:
        """The CRIP's part, which in a sandbox it does by itself."""
        with client(council.home, council.url, "crip") as crip:
            until = time.monotonic() + PATIENCE
            while (
                crip.post(f"/v1/inbox/{event}/{what}", json=body).status_code
                != httpx.codes.ACCEPTED
            ):
                assert time.monotonic() < until
                time.sleep(0.05)

    with client(school.home, school.url, DESK) as http:
        lived = Dialogue(http, act).hold()
    with (
        sandbox.running(tmp_path / "home", "--empty") as facts,
        sandbox.client(facts, DESK) as http,
    ):
        tried = Dialogue(http, lambda *_: None).hold()

    assert tried == lived


@pytest.mark.parametrize("agency", AGENCIES)
def test_a_live_service_answers_as_its_document_says(
    running: dict[str, Asked], agency: str
) -> None:
    """Every operation, asked rightly and wrongly: no 5xx, no answer that is not described."""
    service = running[agency]
    statuses = promised(service)

    # Asked for what there is, sent what may be sent, refused what there is not or may not be.
    assert {200, 202, 401, 403, 404, 422} <= statuses

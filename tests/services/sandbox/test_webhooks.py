"""Webhooks of a sandbox, posted, verified by the stock library, tried again."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from standardwebhooks import Webhook

from contracts.errors import UsageError
from services.sandbox.webhooks import read_receivers
from tests.patience import eventually
from tests.services.agency.webhooks.receiving import receiving
from tests.services.sandbox.process import concern, running, speaking

DESK: Final = "edu-s"
LATER_S: Final = 3600  # after which a message that was refused once more is due


async def test_an_arrival_is_posted_until_it_is_taken_and_verified_by_the_stock_library(
    tmp_path: Path,
) -> None:
    """It names the event; each next try needs the clock moved; it bears the machine's time."""
    async with receiving() as local:
        local.answer = lambda _: "500 Internal Server Error"
        told = f"{DESK}=http://127.0.0.1:{local.port}/hook"
        with running(tmp_path / "home", "--empty", "--webhook", told) as facts:
            async with httpx.AsyncClient(**speaking(facts, DESK)) as http:
                key = Webhook((await http.get("/v1/webhook")).json()["shared_key"])
                await http.post("/v1/referrals", json=concern(reference="sandbox:"))
                await eventually(lambda: len(local.came) == 1)
                for count in (2, 3):
                    await http.post("/sandbox/clock", json={"seconds": LATER_S})
                    await eventually(lambda count=count: len(local.came) == count)  # type: ignore[misc]
                (item,) = (await http.get("/v1/inbox")).json()["items"]

    assert len({posted.headers["webhook-id"] for posted in local.came}) == 1
    for posted in local.came:
        message = key.verify(posted.body, posted.headers)
        assert message["data"]["event"] == item["event"]


async def test_a_sandbox_that_is_started_again_repeats_no_id_and_takes_no_earlier_cursor(
    tmp_path: Path,
) -> None:
    """Its receiver, which passes over known ids, keeps its key and is told of the new arrivals."""
    pages: list[dict[str, Any]] = []
    keys: set[str] = set()
    async with receiving() as local:
        told = f"{DESK}=http://127.0.0.1:{local.port}/hook"
        for count in (1, 2):
            with running(tmp_path / "home", "--empty", "--webhook", told) as facts:
                async with httpx.AsyncClient(**speaking(facts, DESK)) as http:
                    await http.post("/v1/referrals", json=concern(reference="sandbox:"))
                    await eventually(lambda count=count: len(local.came) == count)  # type: ignore[misc]
                    after = {"after": pages[0]["cursor"]} if pages else {}
                    pages.append((await http.get("/v1/inbox", params=after)).json())
                    keys.add((await http.get("/v1/webhook")).json()["shared_key"])

    assert len({posted.headers["webhook-id"] for posted in local.came}) == 2
    assert (pages[1].get("code"), len(keys)) == ("cursor_not_ours", 1)


def test_a_row_that_names_no_address_of_this_machine_is_refused() -> None:
    """Nobody waits for what is never posted; a name that leads away later is not followed."""
    for row in ("edu-s", "edu-s=http://192.0.2.1:9/hook", "edu-s=http://nobody.invalid/hook"):
        with pytest.raises(UsageError, match="webhook_malformed"):
            read_receivers([row])
    known = read_receivers(["edu-s=http://localhost:9/hook", "edu-h-1=http://[::1]:9/"])
    assert not any(one.permits("192.0.2.1") for one in known.values())

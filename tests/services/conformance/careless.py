"""A system that sends records by bare HTTP and is careless in one way: the kinds of broken connection that each way meets."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from pathlib import Path
from typing import Any, Final

import httpx
import orjson

# What goes wrong -> the case that names it, and what it says of it.
CARELESS: Final = {
    "takes_half": ("answer-cut", "not_sent_again"),
    "gives_up_at_reset": ("answer-reset", "not_sent_again"),
    "writes_anew": ("record-lost", "another_body"),
    "waits_for_ever": ("answer-silent", "not_sent_again"),
    "hurries": ("answer-slow", "not_sent_again"),
    "gives_up_at_502": ("bad-gateway", "not_sent_again"),
    "gives_up_at_504": ("gateway-timeout", "not_sent_again"),
    "reads_no_dates": ("proxy-busy", "not_sent_again"),
    "wants_json": ("proxy-limit", "not_sent_again"),
    "takes_any_200": ("proxy-page", "not_sent_again"),
    "follows": ("redirect", "redirected"),
}
TRIES: Final = 4
WITHIN_S: Final = 1.5
HURRY_S: Final = 2.0  # less than a slow answer takes
LONGEST_S: Final = 5.0


class CarelessSystem:
    """Sends each record of the kit's tasks.

    Args:
        fault: what it does wrongly.
    """

    def __init__(self, folder: Path, fault: str) -> None:
        self.folder, self.fault = folder, fault
        self.tasks: dict[str, Any] = orjson.loads((folder / "tasks.json").read_bytes())
        self.token = Path(self.tasks["token"]).read_text().strip()

    async def work(self) -> None:
        """All of them at once, until it would wait for ever."""
        patience = httpx.Timeout(None if self.fault == "waits_for_ever" else WITHIN_S)
        headers = {"Authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(
            base_url=self.tasks["url"], headers=headers, trust_env=False, timeout=patience,
            follow_redirects=self.fault == "follows",
        ) as self.http:  # fmt: skip
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_S):
                    await asyncio.gather(*map(self.send, self.tasks["records"].values()))

    async def send(self, path: str) -> None:
        """One record, as often as this system thinks right."""
        body, key = (self.folder / path).read_bytes(), str(uuid.uuid4())
        for number in range(TRIES):
            if number and self.fault == "writes_anew":
                body += b"\n"
            wait = await self.tried(body, key)
            if wait is None:
                return
            await asyncio.sleep(wait)

    async def tried(self, body: bytes, key: str) -> float | None:
        """One try: seconds until the next; None if there is to be none."""
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        asked = self.http.post("/v1/referrals", content=body, headers=headers)
        try:
            answer = await (asyncio.wait_for(asked, HURRY_S) if self.fault == "hurries" else asked)
        except TimeoutError:
            return None
        except httpx.RemoteProtocolError as error:
            half = "incomplete" in str(error) or "peer closed" in str(error)
            return None if self.fault == "takes_half" and half else 0.1
        except httpx.HTTPError:
            return None if self.fault == "gives_up_at_reset" else 0.1
        return self.after(answer)

    def after(self, answer: httpx.Response) -> float | None:
        """What an answer means to it."""
        status, page = answer.status_code, answer.headers["content-type"] == "text/html"
        if f"gives_up_at_{status}" == self.fault or (page and self.fault == "wants_json"):
            return None
        if status in (502, 504) or (page and status < 400):
            return None if status == 200 and self.fault == "takes_any_200" else 0.1
        if status not in (429, 503):
            return None
        wait = answer.headers.get("retry-after", "0")
        if wait.isdecimal():
            return float(wait)
        return None if self.fault == "reads_no_dates" else 3.0

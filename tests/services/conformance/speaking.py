"""A system that speaks an agency's HTTP as it should be spoken, and the ways in which such systems are broken.

`python speaking.py FOLDER [FAULT]` does what the kit's tasks say.
"""

from __future__ import annotations

import asyncio
import sys
import uuid
from pathlib import Path
from typing import Any

import httpx
import orjson

from services.cli.partner.exchange import again_in

QUIET_S = 1.0  # without an arrival
WITHIN_S, PAUSE_S, TRIES = 2.0, 0.2, 5


class CallRefusedError(Exception):
    """The service answered, and not with success."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer, self.status = answer, answer.status_code
        super().__init__(str(self.status))


class HttpSystem:
    """One desk's system.

    Args:
        fault: what it does wrongly.
    """

    def __init__(self, folder: Path, fault: str = "") -> None:
        self.folder, self.fault = folder, fault
        self.tasks: dict[str, Any] = orjson.loads((folder / "tasks.json").read_bytes())
        self.url, self.token = self.tasks["url"], Path(self.tasks["token"]).read_text().strip()
        self.cursor, self.seen = "", set[str]()

    async def work(self) -> None:
        """All of it."""
        headers = {"Authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(
            base_url=self.url, headers=headers, timeout=WITHIN_S, trust_env=False
        ) as self.http:
            if self.fault == "token_in_url":
                async with httpx.AsyncClient(trust_env=False) as open_:
                    await open_.get(f"{self.url}/v1/duties?token={self.token}")
            await self.read(wait=0)
            records = {name: self.record(path) for name, path in self.tasks["records"].items()}
            if self.fault:  # what breaks on the way is for `careless.py`
                records = {
                    name: record
                    for name, record in records.items()
                    if "answer=" not in record["reference"]
                }
            asked = (self.send(record) for record in records.values())
            sent = dict(zip(records, await asyncio.gather(*asked), strict=True))
            if self.fault != "no_door":
                await self.send(self.record("door.json"))
            await self.until(sent["refused-by-bus"]["events"][0], "refused")
            back = sent[self.tasks["take_back"]]["events"][0]
            await self.until(back, "decided")
            await self.ask("POST", f"/v1/referrals/{back}/withdraw", key=str(uuid.uuid4()))
            if self.fault == "acknowledges_acks":
                told = await self.told(sent["sent"]["events"][0])
                await self.acknowledged(told["to"][0]["acknowledged"][0]["event"], "received")
            await self.read(wait=QUIET_S)

    def record(self, path: str) -> dict[str, Any]:
        """One that is to be sent."""
        record: dict[str, Any] = orjson.loads((self.folder / path).read_bytes())
        return record

    async def send(self, record: dict[str, Any]) -> Any:
        """Its answer; None if it is refused for itself."""
        call: Any = {"method": "POST", "path": "/v1/referrals", "body": record}
        key = str(uuid.uuid4())
        try:
            if self.fault in ("new_key", "impatient"):
                return await self.hasty(call, key)
            return await self.ask(**call, key=key)
        except CallRefusedError:
            if self.fault == "repeats":
                return await self.ask(**call, key=key)
            return None

    async def hasty(self, call: Any, key: str) -> Any:
        """Without patience."""
        for _try in range(5):
            wait = "1"
            try:
                return await self.ask(**call, key=key, tries=1)
            except httpx.HTTPError:
                pass
            except CallRefusedError as refused:
                if again_in(refused.answer, PAUSE_S) is None and refused.status != 429:
                    raise
                wait = refused.answer.headers.get("retry-after", wait)
            if self.fault == "new_key":
                key = str(uuid.uuid4())
                await asyncio.sleep(float(wait))
        return None

    async def ask(
        self, method: str, path: str, *, key: str = "", tries: int = TRIES, body: Any = None, **params: Any
    ) -> Any:  # fmt: skip
        """An answer's document; what may come of another try is tried again, under the same key."""
        headers = {"Idempotency-Key": key} if key else {}
        while True:
            tries -= 1
            try:
                answer = await self.http.request(
                    method, path, json=body, params=params, headers=headers
                )
            except httpx.HTTPError:
                if not tries:
                    raise
                await asyncio.sleep(PAUSE_S)
                continue
            wait = again_in(answer, PAUSE_S) if tries else None
            if wait is None:
                break
            await asyncio.sleep(wait)
        if not answer.is_success:
            raise CallRefusedError(answer)
        return answer.json()

    async def told(self, event: str) -> Any:
        """Where an event stands, once an acknowledgement is told."""
        while True:
            told = await self.ask("GET", f"/v1/referrals/{event}")
            if told["to"][0].get("acknowledged"):
                return told
            await asyncio.sleep(0.1)

    async def until(self, event: str, state: str) -> Any:
        """Where an event stands, once it stands so."""
        while (told := await self.ask("GET", f"/v1/referrals/{event}"))["state"] != state:
            await asyncio.sleep(0.1)
        return told

    async def read(self, wait: float) -> None:
        """The inbox to its end; each arrival once."""
        while True:
            after = "" if self.fault == "loses_cursor" else self.cursor
            try:
                page = await self.ask("GET", "/v1/inbox", after=after, wait=wait)
            except CallRefusedError as refused:
                if refused.status != 410 or self.fault == "stops_at_410":
                    raise
                self.cursor = ""
                continue
            for item in page["items"]:
                await self.take(item)
            self.cursor = page["cursor"]
            if not page["more"] and (not wait or not page["items"] or not after):
                return

    async def take(self, item: Any) -> None:
        """Acknowledge what asks for it."""
        if "error" in item:
            if self.fault == "dies":
                raise KeyError("parts")
            return
        if item["event"] in self.seen and self.fault != "acknowledges_twice":
            return
        self.seen.add(item["event"])
        for stage in item.get("expected", {}).get("acknowledge", ()):
            await self.acknowledged(item["event"], stage)

    async def acknowledged(self, event: str, stage: str) -> None:
        """Whatever is answered."""
        try:
            path = f"/v1/inbox/{event}/acknowledge"
            await self.ask("POST", path, body={"stage": stage})
        except CallRefusedError:
            return


if __name__ == "__main__":
    asyncio.run(HttpSystem(Path(sys.argv[-1]), sys.argv[1] if len(sys.argv) > 2 else "").work())

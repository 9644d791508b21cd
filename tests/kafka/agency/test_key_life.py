"""Keys are rotated and revoked by command while events flow, on the real broker."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from contracts.encoding import unb64u
from contracts.keys.keyring import destroyed_at
from contracts.keys.sealing_keys import destroy_at_of
from contracts.vocabulary import topics
from services.operate.home.key_life import LEAD, make_next
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.keys.keystore import desk_signers
from services.platform.process import clock
from tests.kafka import kit
from tests.kafka.agency.town import AT, OUTBOX, RECORD, Town
from tests.patience import PATIENCE
from tests.soft_hsm import soft_hsm_in

pytestmark = pytest.mark.anyio


async def relais(town: Town, line: str, *, on_kafka: bool = True) -> Any:
    """A command as it is typed, in the town's home; what it printed."""
    where = ["--home", str(town.home.path), "--format", "json"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services", *line.split()[1:], *where,
        *(("--kafka", town.bootstrap) if on_kafka else ()),
        cwd=kit.ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    out, error = await process.communicate()
    assert process.returncode == 0, error.decode()
    return orjson.loads(out)


class Traffic:
    """A school that sends, and what it was answered."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.sent: list[str] = []
        self.refused: list[int] = []

    async def send(self) -> None:
        """One event."""
        answer = await self.client.post(
            "/v1/referrals", json=RECORD | {"reference": f"{len(self.sent)}"}
        )
        if answer.status_code == 202:
            self.sent += answer.json()["events"]
        else:
            self.refused.append(answer.status_code)

    async def decided(self) -> None:
        """Wait until routing has told of all of them."""
        for event in self.sent:
            while (await self.client.get(f"/v1/referrals/{event}")).json()["state"] == "published":
                await asyncio.sleep(0.05)

    @asynccontextmanager
    async def flowing(self) -> AsyncIterator[None]:
        """One after the other while the block lasts, with some before and after it."""
        over = asyncio.Event()

        async def flow() -> None:
            while not over.is_set():
                await self.send()

        task = asyncio.create_task(flow())
        await asyncio.sleep(0.3)
        yield
        await asyncio.sleep(0.3)
        over.set()
        await task


async def kids(town: Town) -> list[str]:
    """The key ids of the school's covers, by the order of their ids."""
    covers = []
    async with LogReader(town.bootstrap) as reader:
        async for rows in reader.read(dict.fromkeys(OUTBOX)):
            covers += [orjson.loads(row.value or b"")["data"]["cover"].split(".") for row in rows]
    rows_ = sorted(
        (orjson.loads(unb64u(body))["jti"], orjson.loads(unb64u(head))["kid"])
        for head, body, _ in covers
    )
    return [kid for _id, kid in rows_]


async def test_keys_are_rotated_and_revoked_in_traffic_and_nothing_is_lost_or_refused(
    town: Town,
) -> None:
    """A desk's and the router's, once each, without a service started anew; then the desk's as stolen."""
    folder = town.home.keys / "civil" / "edu-s"  # where a rotation was killed before its order
    make_next(folder, "edu-s-sig", 2, "urn:relais:civil:desk:edu-s", AT - 60)
    token = {"Authorization": f"Bearer {town.home.token('edu-s')}"}
    reader = {"Authorization": f"Bearer {town.home.token('crip')}"}
    async with (
        town.router_here(),
        town.agency_here("education") as school,
        town.agency_here("child_welfare") as house,
        httpx.AsyncClient(
            base_url=school, timeout=PATIENCE, trust_env=False, headers=token
        ) as client,
        httpx.AsyncClient(
            base_url=house, timeout=PATIENCE, trust_env=False, headers=reader
        ) as crip,
    ):
        traffic = Traffic(client)
        async with traffic.flowing():
            rotated = await relais(town, "relais keys rotate --desk edu-s")
            again = await relais(town, "relais keys rotate --desk edu-s")
            await relais(town, "relais keys rotate --router")
            await asyncio.sleep(1)
            clock.set_to(town.home.clock, AT + LEAD + 60)
            await asyncio.sleep(1)
        await traffic.decided()
        before = len(traffic.sent)
        revoked = await relais(
            town, "relais keys revoke --desk edu-s --reason stolen --since 2026-11-24T10:02:30Z"
        )
        await asyncio.sleep(2.5)  # until the service has read of it
        await traffic.send()
        await traffic.decided()
        ended = await relais(
            town, "relais keys revoke --router --reason stolen --since 2026-11-24T10:03:00Z"
        )
        await traffic.send()  # nobody waits until all have read of that one
        await traffic.decided()
        page = (await crip.get("/v1/inbox?wait=5")).json()["items"]
    log = await kit.read(town.bootstrap, topics.quarantine("civil"))
    used = await kids(town)
    told = await relais(town, "relais audit replay --realm civil")

    assert [key["kid"] for key in rotated["keys"]] == ["edu-s-sig-2", "edu-s-sig-1"]
    assert again["order"] == 0
    assert traffic.refused == []
    assert len(traffic.sent) == before + 2
    assert not any(log.values())
    assert not [item for item in page if item.get("error")]
    assert list(dict.fromkeys(used)) == ["edu-s-sig-1", "edu-s-sig-2", "edu-s-sig-3"]
    assert [key["reason"] for key in revoked["keys"]] == ["", "stolen", "stolen"]
    assert [bool(key["reason"]) for key in ended["keys"]][:2] == [False, True]
    assert {key["reason"] for key in ended["keys"]} == {"", "stolen"}
    assert told["clean"]
    assert set(told["notes"]) == {"in_doubt"}
    assert 0 < told["notes"]["in_doubt"] < before


async def test_decryption_keys_end_by_command_and_by_themselves_and_the_log_says_so(
    town: Town,
) -> None:
    """What was delivered is readable until then and not after; the desk's word is on record, nothing else changes.

    A clock that was set forward ends none, and says so, until a directory's date bears it out. What the CRIP is
    told is sealed for a key of P-256, and from the next directory on for a hybrid one.
    """
    folder = town.home.keys / "civil" / "crip"
    token = {"Authorization": f"Bearer {town.home.token('edu-s')}"}
    reader = {"Authorization": f"Bearer {town.home.token('crip')}"}
    async with (
        town.router_here(),
        town.agency_here("education") as school,
        town.agency_here("child_welfare") as house,
        httpx.AsyncClient(
            base_url=school, timeout=PATIENCE, trust_env=False, headers=token
        ) as client,
        httpx.AsyncClient(
            base_url=house, timeout=PATIENCE, trust_env=False, headers=reader
        ) as crip,
    ):
        traffic = Traffic(client)
        await traffic.send()
        await traffic.decided()
        first = await errors(crip)
        end = destroy_at_of("crip-p7-2026w48") or 0
        clock.set_to(town.home.clock, end)  # nothing unread is sealed to that one
        while 'code="clock_ahead"' not in (await crip.get("/metrics")).text:
            await asyncio.sleep(0.2)
        too_early = is_destroyed(folder / "crip-p7-2026w48.json")
        town.seal_by("hybrid")
        done = await relais(town, "relais directory sign --weeks 8", on_kafka=False)
        await relais(town, "relais directory adopt")
        while not is_destroyed(folder / "crip-p7-2026w48.json"):
            await asyncio.sleep(0.2)
        await asyncio.sleep(1.5)  # until the school's service has read of it
        await traffic.send()
        await traffic.decided()
        kept = await errors(crip)
        by_service = is_destroyed(folder / "crip-p30-2026w48.json")
        said = await relais(town, "relais keys destroy")
        at_once = await relais(town, "relais keys destroy crip-p30-2026w48")
        gone = await errors(crip)
        again = await relais(town, "relais keys destroy crip-p30-2026w48")
        await asyncio.sleep(2)  # until routing has recorded the order
    told = await relais(town, "relais audit replay --realm civil")

    assert (first, kept, gone) == ([""], ["", ""], ["no_private_key", ""])
    assert await sealed_by(town) == ["ECDH-ES+A256KW", "x-HPKE-MLKEM768X25519-KE-1"]
    assert not too_early
    assert not by_service
    assert done["version"] == 2
    assert {kid[-10:] for kid in said["destroyed"]} == {"p7-2026w48"}
    assert "crip-p7-2026w48" in said["destroyed"]  # by its service, after that directory
    assert list(at_once["destroyed"]) == ["crip-p30-2026w48"]
    assert again == {"realm": "civil", "order": 0, "destroyed": {}}
    assert told["clean"]


async def test_a_desks_next_key_is_one_that_a_device_has_made(town: Town, tmp_path: Path) -> None:
    """Its file names the device, which signs for it; one that holds another key is not listed."""
    device, pem = soft_hsm_in(tmp_path / "hsm"), tmp_path / "crip-2.pem"
    other = Ed25519PrivateKey.generate().public_key()
    public = Ed25519PublicKey.from_public_bytes(device.made("crip-2"))
    uri, form = device.uri("crip-2"), (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    line = f"relais keys rotate --desk crip --signer {uri} --public {pem}"

    pem.write_bytes(other.public_bytes(*form))
    with pytest.raises(AssertionError, match="signer_has_other_key"):
        await relais(town, line)
    pem.write_bytes(public.public_bytes(*form))
    made = await relais(town, line)
    (new, *_old) = desk_signers(town.home.keys, "civil", "crip").valid(
        town.home.directory("civil"), AT + LEAD + 60
    )

    assert [key["kid"] for key in made["keys"]] == ["crip-sig-2", "crip-sig-1"]
    assert (new.kid, new.public) == ("crip-sig-2", public.public_bytes_raw())
    public.verify(new.sign(b"as ever"), b"as ever")
    assert b'"d"' not in (town.home.keys / "civil/crip/crip-sig-2.json").read_bytes()


async def errors(crip: httpx.AsyncClient) -> list[str]:
    """Of each delivery to the CRIP, from the first on, why it was not opened; empty if it was."""
    items = (await crip.get("/v1/inbox?wait=5")).json()["items"]
    return [item.get("error", "") for item in items if item.get("type") == "IP"]


async def sealed_by(town: Town) -> list[str]:
    """The algorithms of the parts that the CRIP's agency was sent, in the order of deliveries."""
    name = topics.inbox("civil", "child_welfare")
    rows = sorted(
        (await kit.read(town.bootstrap, name))[name], key=lambda row: (row.timestamp_ms, row.offset)
    )
    parts = [
        part for row in rows for part in orjson.loads(row.value or b"")["data"].get("parts", ())
    ]
    heads = [orjson.loads(unb64u(part.split(".")[0])) for part in parts]
    return list(dict.fromkeys(head["alg"] for head in heads))


def is_destroyed(key: Path) -> bool:
    """Whether a file says that its key is no more."""
    return destroyed_at(key.read_bytes()) is not None

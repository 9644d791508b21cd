"""`relais keys rotate` is killed at any moment; run again it ends well, on Kafka too."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys

import pytest

from contracts.keys.keyring import read_signing_file
from contracts.vocabulary.schema import desk_urn
from services.operate.home.home import Home
from services.operate.home.rotation import adopted_directory
from tests.kafka import kit
from tests.kafka.agency.test_key_life import relais
from tests.kafka.agency.town import Town

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
KILLS = int(os.environ.get("RELAIS_KILLS", "2"))


async def kill(town: Town, desk: str, after_s: float) -> bool:
    """Begin a rotation and end its process; whether it had not ended by itself."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services", "keys", "rotate", "--desk", desk,
        "--home", str(town.home.path), "--kafka", town.bootstrap,
        cwd=kit.ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    await asyncio.sleep(after_s)
    killed = process.returncode is None
    if killed:
        process.kill()
    await process.wait()
    return killed


async def test_a_rotation_whose_process_is_killed_is_run_again(town: Town) -> None:
    """One key more, in one order more; the directory in force lists what the key's file holds."""
    chance, killed = random.Random(7), 0
    desks = [partner.desk for partner in town.home.partners_of("civil")]
    for desk in (desks * KILLS)[:KILLS]:
        before = await adopted_directory(Home(town.home.path), "civil", town.bootstrap, {})
        killed += await kill(town, desk, chance.uniform(0.4, 2.0))
        made = await relais(town, f"relais keys rotate --desk {desk}")

        home = Home(town.home.path)
        listed = await adopted_directory(home, "civil", town.bootstrap, {})
        newest = listed.signing_of[desk_urn("civil", desk)][0]
        file = (home.keys / "civil" / desk / f"{newest.kid}.json").read_bytes()
        assert newest.kid == made["keys"][0]["kid"] == f"{desk}-sig-2"
        assert read_signing_file(file)[0].public == newest.public
        assert len(listed.signing) == len(before.signing) + 1
        assert listed.digest == home.directory("civil").digest
    assert killed > 0

"""Keys are rotated, revoked, destroyed by command, on a real broker; one on a device."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from contracts.keys.keyring import destroyed_at
from services.operate.home.key_life import LEAD
from services.platform.keys.keystore import desk_signers
from services.platform.process import clock
from tests.kafka import kit
from tests.kafka.town import AT, Town
from tests.soft_hsm import soft_hsm_in

pytestmark = pytest.mark.anyio


async def relais(town: Town, line: str) -> Any:
    """A command as it is typed, in the town's home; what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services", *line.split()[1:], "--home", str(town.home.path),
        "--format", "json", "--kafka", town.bootstrap,
        cwd=kit.ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    out, error = await process.communicate()
    assert process.returncode == 0, error.decode()
    return orjson.loads(out)


async def test_keys_are_rotated_revoked_and_destroyed_once(town: Town) -> None:
    """Each by an order, or by none where nothing is left to do."""
    rotated = await relais(town, "relais keys rotate --desk edu-s")
    again = await relais(town, "relais keys rotate --desk edu-s")
    clock.set_to(town.home.clock, AT + LEAD + 60)
    stolen = "--stolen-since 2026-11-24T10:02:30Z"
    revoked = await relais(town, f"relais keys rotate --desk edu-s {stolen}")
    router = await relais(town, f"relais keys rotate --router {stolen}")
    done = await relais(town, "relais keys destroy crip-p30-2026w48 --yes")
    nothing = await relais(town, "relais keys destroy crip-p30-2026w48 --yes")

    assert [key["kid"] for key in rotated["keys"]] == ["edu-s-sig-2", "edu-s-sig-1"]
    assert again["order"] == 0
    assert [key["reason"] for key in revoked["keys"]] == ["", "stolen", "stolen"]
    assert "stolen" in {key["reason"] for key in router["keys"]}
    assert list(done["destroyed"]) == ["crip-p30-2026w48"]
    assert nothing == {"realm": "civil", "order": 0, "destroyed": {}}
    file = town.home.keys / "civil" / "crip" / "crip-p30-2026w48.json"
    assert destroyed_at(file.read_bytes()) is not None


async def test_a_desks_next_key_is_one_that_a_device_has_made(town: Town, tmp_path: Path) -> None:
    """Its file names the device, which signs for it; one that holds another key is not listed."""
    device, pem = soft_hsm_in(tmp_path / "hsm"), tmp_path / "crip-2.pem"
    other = Ed25519PrivateKey.generate().public_key()
    public = Ed25519PublicKey.from_public_bytes(device.made("crip-2"))
    form = Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    line = f"relais keys rotate --desk crip --signer {device.uri('crip-2')} --public {pem}"

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

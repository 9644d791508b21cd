"""Conventions on a real broker: a router starts on signed ones alone, takes the next."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from contracts.convention.load import load
from contracts.convention.signing import sign_convention
from contracts.conventions import SECOND, read, shipped
from contracts.encoding import b64u, sha256
from contracts.errors import LogError
from contracts.keys.keyring import read_signing_file
from contracts.log.orders.order import make_order
from contracts.vocabulary import topics
from contracts.vocabulary.scopes import REALMS
from services.cli.app import create_app
from services.operate.home.first_orders import give_first_orders
from services.operate.home.home import Home
from services.operate.home.planned import planned_topics
from services.operate.topics import apply_topics
from services.platform.kafka.bus import Bus
from services.platform.kafka.orders.control import read_registry
from services.platform.keys.signatures import signature_file
from services.platform.process.clock import set_to
from tests.contracts.convention.kit import without_figures
from tests.contracts.convention.parties import adoption
from tests.contracts.envelope.kit import DAY, NOW, realm
from tests.kafka import kit

pytestmark = pytest.mark.anyio

CONTROL = topics.control(kit.REALM)
NEXT = read(SECOND)
NEXT_CONVD = b64u(sha256(NEXT))
FOUR = ("education", "police", "justice", "child_welfare")


async def write_order(fresh: str, text: bytes, parties: tuple[str, ...], start: int) -> None:
    """An adoption straight onto control, past every check of those who publish orders."""
    registry = await read_registry(Bus(fresh).reader(), kit.REALM, kit.owners())
    value = make_order(
        kit.REALM, "adopt_convention", adoption(text, parties), last=registry.last,
        start=start, signers=[kit.OWNER],
    )  # fmt: skip
    await kit.write(fresh, [{"topic": CONTROL, "partition": 0, "value": value, "key": b"k"}])


async def test_a_router_does_not_start_on_a_half_signed_convention(
    fresh: str, tmp_path: Path
) -> None:
    """It ends and says who is missing; with all signatures it starts."""
    await kit.prepare(fresh, adopt=False)
    await kit.order(fresh, "layout", **kit.layout(1))
    await kit.order(fresh, "adopt_directory", directory=realm(kit.REALM).token)
    await write_order(fresh, shipped(), FOUR, NOW)

    async with kit.failing(fresh, tmp_path) as task:
        with pytest.raises(LogError, match=r"convention_half_signed.*missing association"):
            await task
    await kit.order(fresh, "adopt_convention", **kit.convention_signed())

    async with kit.router(fresh, tmp_path):
        log = await kit.until(fresh, {"adopted": 2 * topics.PARTITIONS})
    assert {one.get("convd") for one in log if one["kind"] == "adopted"} >= {load(shipped()).digest}


async def test_the_command_adopts_what_all_have_signed_and_nothing_else(
    fresh: str, tmp_path: Path
) -> None:
    """`relais convention adopt`: refused with the reason, then taken on both buses."""
    home = await prepared_home(fresh, tmp_path)
    await give_first_orders(
        home.home, dict.fromkeys(REALMS, Bus(fresh)), NOW, dict.fromkeys(REALMS, 1)
    )
    file = tmp_path / "next.yaml"
    file.write_bytes(NEXT)
    convention = load(NEXT)
    for party in FOUR:
        signer = read_signing_file(home.home.party_file(party).read_bytes())[1]
        signature_file(file, party).write_text(sign_convention(convention, party, signer))
    words = ["convention", "adopt", str(file), "--kafka", fresh, "--home", str(home.home.path)]

    def adopt() -> Result:
        return CliRunner().invoke(create_app(), words)

    half = await asyncio.to_thread(adopt)
    for party in convention.parties:
        signer = read_signing_file(home.home.party_file(party).read_bytes())[1]
        signature_file(file, party).write_text(sign_convention(convention, party, signer))
    whole = await asyncio.to_thread(adopt)
    again = await asyncio.to_thread(adopt)

    assert (half.exit_code, whole.exit_code, again.exit_code) == (1, 0, 2)
    assert "nothing is ordered: convention_half_signed" in half.stderr
    assert "missing  association" in half.stderr
    assert whole.stdout.count(f"adopts {NEXT_CONVD}") == 2
    assert "relais kafka apply" in whole.stderr
    assert "convention_superseded" in again.output


@dataclass(frozen=True)
class Town:
    """A home, and its signed convention file."""

    home: Home
    file: Path


async def prepared_home(fresh: str, tmp_path: Path) -> Town:
    """A home with keys, at NOW, and its topics on the broker."""
    home = Home(tmp_path / "home")
    without_figures(home.path)
    set_to(home.clock, NOW)
    home.prepare(NOW, 1)
    await apply_topics(fresh, planned_topics(home), replicas=1)
    home.pin_parties(load(NEXT).parties, NOW)
    return Town(home, home.path / "convention.yaml")


async def test_a_version_comes_at_its_hour_without_a_restart(fresh: str, tmp_path: Path) -> None:
    """Announced a day ahead, behind a half-signed one; events say what judged them."""
    await kit.prepare(fresh)
    clock = tmp_path / "clock"
    hour = NOW + DAY
    await write_order(fresh, NEXT, FOUR, hour)
    await kit.order(fresh, "adopt_convention", start=hour, **kit.convention_signed(NEXT))
    publisher = kit.Publisher(fresh)

    async with kit.router(fresh, tmp_path):
        await publisher.publish([publisher.event(1, "edu-s")[1]])
        await kit.until(fresh, {"decided": 1})
        set_to(clock, hour + 1)
        await kit.until(fresh, {"adopted": 3 * topics.PARTITIONS})
        await publisher.publish([publisher.event(2, "edu-s", at=hour)[1]])
        log = await kit.until(fresh, {"decided": 2})

    judged = [one["convd"] for one in log if one["kind"] == "decided"]
    assert sorted(judged) == sorted([load(shipped()).digest, NEXT_CONVD])
    adopted = [one for one in log if one["kind"] == "adopted" and one["convd"] == NEXT_CONVD]
    assert len({one["partition"] for one in adopted}) == topics.PARTITIONS
    assert {one["at"] for one in adopted} == {hour}

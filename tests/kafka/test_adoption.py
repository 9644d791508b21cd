"""Conventions on a real broker: a router starts on none that is not signed, and takes up the next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contracts import topics
from contracts.convention.load import load
from contracts.conventions import SECOND, read, shipped
from contracts.encoding import b64u, sha256
from contracts.errors import LogError
from contracts.log.orders import make_order
from services.shell.clock import set_to
from services.shell.control import Control, adopt_convention, adopt_directory, order_layout
from tests.contracts.convention.parties import adoption, signatures
from tests.contracts.envelope.kit import DAY, NOW, realm
from tests.kafka import kit

pytestmark = pytest.mark.anyio

CONTROL = topics.control(kit.REALM)
GIVEN: dict[str, Any] = {"start": NOW, "signers": [kit.OWNER]}
NEXT = read(SECOND)
NEXT_CONVD = b64u(sha256(NEXT))
FOUR = ("education", "police", "justice", "child_welfare")


async def write_order(fresh: str, text: bytes, parties: tuple[str, ...], start: int) -> None:
    """An adoption straight onto control, past every check of those who publish orders."""
    control = Control(fresh, kit.REALM, kit.owners())
    await control.start()
    await control.stop()
    value = make_order(
        kit.REALM, "adopt_convention", adoption(text, parties), last=control.registry.last,
        start=start, signers=[kit.OWNER],
    )  # fmt: skip
    await kit.write(fresh, [{"topic": CONTROL, "partition": 0, "value": value, "key": b"k"}])


async def test_a_router_does_not_start_on_a_half_signed_convention(
    fresh: str, tmp_path: Path
) -> None:
    """It ends and says who is missing; with all signatures it starts."""
    await kit.prepare(fresh, adopt=False)
    await order_layout(fresh, kit.REALM, kit.owners(), 1, **GIVEN)
    await adopt_directory(fresh, kit.REALM, kit.owners(), realm(kit.REALM).token, **GIVEN)
    await write_order(fresh, shipped(), FOUR, NOW)

    async with kit.failing(fresh, tmp_path) as task:
        with pytest.raises(LogError, match=r"convention_half_signed.*missing association"):
            await task
    await adopt_convention(
        fresh, kit.REALM, kit.owners(), shipped().decode(), signatures(shipped()), **GIVEN
    )

    async with kit.router(fresh, tmp_path):
        log = await kit.until(fresh, {"adopted": 2 * topics.PARTITIONS})
    assert {one.get("convd") for one in log if one["kind"] == "adopted"} >= {load(shipped()).digest}


async def test_a_version_comes_at_its_hour_without_a_restart(fresh: str, tmp_path: Path) -> None:
    """Announced a day ahead, behind a half-signed one; events before and after say what judged them."""
    await kit.prepare(fresh)
    clock = tmp_path / "clock"
    hour = NOW + DAY
    await write_order(fresh, NEXT, FOUR, hour)
    await adopt_convention(
        fresh, kit.REALM, kit.owners(), NEXT.decode(), signatures(NEXT), start=hour,
        signers=[kit.OWNER],
    )  # fmt: skip
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

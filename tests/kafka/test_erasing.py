"""An erasure on a real broker: after a while no file of broker or router has what was erased."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import orjson
import pytest

from contracts.decision.state_sum import state_digest
from contracts.vocabulary import topics
from services.audit.replay import replay
from services.operate.to_erase import to_erase
from services.platform.kafka.control import Control
from services.platform.kafka.log_reader import LogReader
from services.routing.restart import rebuild_states
from tests.contracts.envelope.kit import NOW
from tests.kafka import kit
from tests.kafka.operate.test_quarantine import owners_home, relais

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

CLEANED_S = 10
MOST_S = 240


def holding(folders: Iterable[Path], canaries: Iterable[bytes]) -> list[str]:
    """Files in which a canary stands, byte for byte."""
    held = []
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            try:
                data = path.read_bytes() if path.is_file() else b""
            except FileNotFoundError:  # the broker deletes while we look
                continue
            held += [path.name] if any(canary in data for canary in canaries) else []
    return held


async def evidence(bootstrap: str) -> Mapping[str, bytes]:
    """Leaf -> the last value of evidence."""
    name = topics.evidence(kit.REALM)
    rows = (await kit.read(bootstrap, name))[name]
    return {(row.key or b"").decode(): row.value or b"" for row in rows}


async def test_of_an_erased_case_no_file_keeps_a_salt_or_a_token(
    fresh: str, broker_home: Path, tmp_path: Path
) -> None:
    """Evidence, quarantine and the router's store are searched; the log replays, and starts anew."""
    await kit.prepare(fresh, cleaned_s=CLEANED_S)
    where = ("--kafka", fresh, "--home", str(tmp_path), "--key", str(owners_home(tmp_path)))
    publisher = kit.Publisher(fresh)
    own, other = publisher.event(1, "edu-s"), publisher.event(2, "edu-s")
    aside = publisher.event(1, "edu-s")[1]
    place = {"topic": aside.topic, "partition": aside.partition}
    async with kit.router(fresh, tmp_path, cleaned_s=CLEANED_S):
        await publisher.publish([own[1], other[1]])
        await kit.write(
            fresh,
            [{**place, "key": b"another key", "value": aside.value, "headers": aside.headers}],
        )
        before = await kit.until(fresh, {"decided": 2, "quarantined": 1})
        decisions = await to_erase(fresh, kit.REALM, kit.owners(), own[0].claims.jti, whole=True)
        values = await evidence(fresh)
        salts = [orjson.loads(values[leaf])["salt"].encode() for _, leaf in decisions]
        token = own[0].claims.sub.encode()
        data = broker_home / "data"
        places = [
            tmp_path,
            *(
                at
                for kind in ("evidence", "quarantine")
                for at in data.glob(f"relais.civil.{kind}-*")
            ),
        ]
        inboxes, sealed = list(data.glob("relais.civil.inbox.*")), own[0].parts[0].encode()
        held = [
            holding(*asked) for asked in ((places, [token]), ([data], salts), (inboxes, [sealed]))
        ]

        code, told = await relais(
            "erase", "--case", own[0].claims.jti, "--basis", "asked_by_person", *where
        )
        assert code == 0, told
        log = await kit.until(fresh, {"erased": 1})
        began = time.monotonic()
        while (
            holding([data, tmp_path], salts)
            or holding(places, [token, aside.value])
            or holding(inboxes, [sealed])
        ):
            assert time.monotonic() - began < MOST_S
            await asyncio.sleep(2)
        alone, event = await relais(
            "erase", "--event", other[0].claims.jti, "--basis", "ordered_by_court", *where
        )

    assert all(held)
    assert (code, set(told["decisions"].values())) == (0, {"erased"})
    assert set(told["decisions"]) == {leaf for _, leaf in decisions}
    assert len(decisions) == 2
    assert (alone, list(event["decisions"].values())) == (0, ["erased"])
    records = {(one["partition"], one["index"]): one for one in log}
    assert [one for one in before if records[one["partition"], one["index"]] != one] == []
    verdict = await replay(fresh, [kit.REALM], kit.owners(), lambda: NOW)
    assert verdict.clean, verdict.json()
    assert (verdict.erased, verdict.records) == (3, len(await kit.records(fresh)) - 3)
    await started_anew(fresh, own[1].partition)


async def started_anew(bootstrap: str, partition: int) -> None:
    """A router without a store comes to a state that names the case no more."""
    control = Control(bootstrap, kit.REALM, kit.owners())
    async with LogReader(bootstrap) as reader:
        await control.start()
        states = await rebuild_states(reader, kit.REALM, range(6), control.registry)
        await control.stop()
    assert not states[partition].kept
    assert len([token for state in states.values() for token in state.cases]) == 1
    assert state_digest(states[partition])

"""A router on a new machine begins behind an auditor's snapshot, and the log goes on as if it had read it."""

from __future__ import annotations

from pathlib import Path

import httpx
import orjson
import pytest

from contracts.decision.state.sums import POINT_EVERY, state_digest
from contracts.encoding import sha256
from services.audit import snapshot
from services.audit.replay import Ended, replay
from services.platform.kafka.orders.control import Control
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.process.metrics import Metrics
from services.routing.from_snapshot import Snapshot
from services.routing.restart import rebuild_states
from tests.contracts.envelope.kit import NOW
from tests.kafka import kit
from tests.kafka.test_audit import ISSUER, alarms, routed, verdict
from tests.ports import free_port

pytestmark = pytest.mark.anyio

PORTS = free_port(), free_port()


def altered(path: Path) -> None:
    """A sequence number that is another, under a digest of the file that fits."""
    lines = path.read_bytes().splitlines(keepends=True)[:-1]
    at = next(at for at, line in enumerate(lines) if line.startswith(b'["seq"'))
    name, key, _ = orjson.loads(lines[at])
    lines[at] = orjson.dumps([name, key, "OTk5"]) + b"\n"
    told = sha256(b"".join(lines)).hex()
    path.write_bytes(b"".join([*lines, orjson.dumps({"sha256": told}), b"\n"]))


async def test_a_new_machine_begins_behind_a_snapshot(fresh: str, tmp_path: Path) -> None:
    """The same state, by less of the log; what it routes then is clean; an altered file is refused by name."""
    count, path = POINT_EVERY + 60, tmp_path / "snapshot"
    await routed(fresh, tmp_path, count, cases=1, issuer=ISSUER)
    ended: dict[str, Ended] = {}
    await replay(fresh, [kit.REALM], kit.owners(), lambda: NOW, ended=ended)
    snapshot.save(path, {kit.REALM: ended[kit.REALM]()})
    publisher = kit.Publisher(fresh, count=count + 100)

    for number, spoilt in enumerate((False, True)):
        if spoilt:
            altered(path)
        metrics = Metrics("routing")
        async with LogReader(fresh) as reader:
            control = Control(fresh, kit.REALM, kit.owners())
            await control.start()
            given = reader, kit.REALM, sorted(range(6)), control.registry
            whole = await rebuild_states(*given)
            behind = await rebuild_states(*given, snapshot=Snapshot(path, kit.REALM, metrics))
            await control.stop()
        for partition, state in whole.items():
            assert state_digest(behind[partition]) == state_digest(state)
        async with kit.router(
            fresh, tmp_path, store_dir=tmp_path / f"new {number}", snapshot=path,
            http_port=PORTS[number],
        ):  # fmt: skip
            await publisher.publish([publisher.event(case)[1] for case in range(4)])
            await kit.until(fresh, {"decided": count + 4 * (number + 1)})
            async with httpx.AsyncClient(trust_env=False) as client:
                page = (await client.get(f"http://127.0.0.1:{PORTS[number]}/metrics")).text
        refused = [line for line in page.splitlines() if "snapshots_refused_total{" in line]
        # Five partitions are too short to be told of; of the sixth, the file is as it was or not.
        assert sum(float(line.split()[-1]) for line in refused) == 5 + spoilt
        assert all('code="foreign"' in line for line in refused)

    assert alarms(await verdict(fresh)) == []

"""A home that chose 24 partitions before its first keys, in three shards, with rights, on real Kafka."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from contracts.vocabulary import topics
from services.operate.home.home import Home
from tests.kafka.operate.test_operate import good, programs, shell, up
from tests.kafka.play.test_up import until_arrived
from tests.patience import PATIENCE

SECOND = "contracts/conventions/seine-saint-denis-2026-2.yaml"
CASES = 9  # that none lies behind the sixth partition happens once in a quarter of a million

__all__ = ["programs"]  # a fixture


@pytest.mark.kafka
@pytest.mark.slow
def test_24_partitions_are_chosen_once_and_shared_by_three(
    tmp_path: Path, programs: dict[str, str]
) -> None:
    """Topics and rights are as planned, cases lie anywhere among 24, and no other number is taken."""
    home = tmp_path / ".relais"
    with up(tmp_path, programs, "relais up --tls --partitions 24 --shards 3"):
        good("relais topics check", tmp_path, programs)
        good("relais acl check", tmp_path, programs)
        layout = orjson.loads(good("relais layout show --format json", tmp_path, programs))
        send(home)
        until_arrived(home, "crip", CASES)
        listed = orjson.loads(good("relais topics plan --format json", tmp_path, programs))
        audited = orjson.loads(good("relais audit replay --format json", tmp_path, programs))
        good(f"relais convention simulate {SECOND} --save log.jsonl", tmp_path, programs)
        readings = orjson.loads(good("relais audit replay --format json", tmp_path, programs))
        more = shell("relais layout order 25", tmp_path, programs)
        log = good("cat .relais/logs/routing-civil-*.log", tmp_path, programs)
    other = shell("relais up --partitions 6", tmp_path, programs)

    assert layout["partitions"] == [list(range(shard, 24, 3)) for shard in range(3)]
    numbers = {one["name"]: one["partitions"] for one in listed["topics"]}
    single = {name for name, number in numbers.items() if number == 1}
    assert {name.split(".")[2] for name in single} == {"control", "statistics"}
    assert {number for name, number in numbers.items() if name not in single} == {24}
    assert audited["clean"]
    assert audited["realms"]["civil"]["kinds"]["genesis"] == 24
    assert readings["notes"]["log_read"] == audited["notes"].get("log_read", 0) + 2
    assert '"partitions":[2,5,8,11,14,17,20,23]' in log
    assert max(decided(tmp_path / "log.jsonl")) >= topics.PARTITIONS
    assert (more.returncode, other.returncode) == (2, 2)
    assert "too_many_shards: got 25, expected at most 24" in more.stderr
    assert "expected 24, as when this home was made" in other.stderr


def decided(log: Path) -> list[int]:
    """The partition of each event in a saved log."""
    rows = map(orjson.loads, log.read_bytes().splitlines())
    decisions = (row for row in rows if row.get("topic") == topics.decisions("civil"))
    return [
        row["partition"]
        for row in decisions
        if orjson.loads(b64decode(row["value"]))["kind"] == "decided"
    ]


def send(home: Path) -> None:
    """So many records by HTTP, each of a case of its own: a command costs a second of CPU."""
    known = Home(home)
    record = orjson.loads((home / "examples" / "concern.json").read_bytes())
    own = {"Authorization": f"Bearer {known.token('edu-s')}"}
    places: set[Any] = set()
    for number in range(CASES):
        answer = httpx.post(
            f"{known.addresses['education']}/v1/referrals", headers=own, trust_env=False,
            json=record | {"reference": f"EXAMPLE-{number}"}, timeout=PATIENCE,
        )  # fmt: skip
        assert answer.status_code == 202, answer.text
        places.add(answer.json()["case"])
    assert len(places) == CASES

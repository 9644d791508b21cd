"""`relais quarantine` and `relais layout`, over a log and a control that are played."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import pytest

from contracts.log.orders.order import Order
from services.cli.operator import layout, quarantine
from services.operate import quarantined
from services.operate.home.owners_bus import OwnersBus
from services.platform.process.exit_codes import WRONG_USE
from tests.shell import invoke

FOUND = 1


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Options of a command whose log has nothing in quarantine."""
    monkeypatch.setattr(quarantined, "entries", AsyncMock(return_value=[]))
    return ["--home", str(tmp_path), "--kafka", "127.0.0.1:9"]


@pytest.mark.parametrize("words", ["decide --release", "decide --discard", "list"])
def test_a_decision_that_is_not_in_quarantine_is_a_finding(words: str, where: list[str]) -> None:
    """The command was right, the log has no such thing: 1, told as every error is."""
    done = invoke("quarantine", *words.split(), "0:99", *where)

    assert done.exit_code == FOUND
    assert done.stderr.startswith("relais: not_in_quarantine at ")


@pytest.mark.parametrize(
    ("more", "said"), [([], "nothing in quarantine\n"), (["--kept"], "nothing to be ruled on\n")]
)
def test_an_empty_quarantine_is_said_to_be(more: list[str], said: str, where: list[str]) -> None:
    """For people, beside the table; data stays data."""
    told = invoke("quarantine", "list", *more, *where)
    data = invoke("quarantine", "list", *more, *where, "--format", "json")

    assert (told.exit_code, told.stderr, data.stdout, data.stderr) == (0, said, "", "")


@pytest.fixture
def two(where: list[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Options of a command whose buses keep one record each, until it is ordered on."""
    ordered: dict[str, list[str]] = {}

    async def entries(_: Any, realm: str) -> list[dict[str, Any]]:
        leaf = {"civil": "aa", "criminal": "bb"}[realm]
        state = "discarded" if leaf in ordered.get(realm, ()) else "kept"
        facts = dict.fromkeys(("code", "why", "bytes", "sha256"), "x")
        return [{"decision": leaf, "partition": 0, "state": state, **facts}]

    async def order(bus: OwnersBus, _kind: str, places: quarantine.Where, *_: Any) -> list[Order]:
        ordered[bus.realm] = [leaf for _partition, leaf in places]
        return []

    monkeypatch.setattr(quarantined, "entries", entries)
    monkeypatch.setattr(quarantine, "_order", order)
    return where


def test_both_buses_are_listed_and_one_alone_is_said_to_be(two: list[str]) -> None:
    """An operator pages for both; what was not looked at is no empty quarantine."""
    both = invoke("quarantine", "list", "--kept", *two)
    one = invoke("quarantine", "list", "bb", "--realm", "civil", *two)
    civil = invoke("quarantine", "list", "--realm", "civil", *two)

    assert [line.split()[:2] for line in both.stdout.splitlines()] == [
        ["decision", "bus"], ["0:aa", "civil"], ["0:bb", "criminal"],
    ]  # fmt: skip
    assert (both.stderr, one.exit_code) == ("", FOUND)
    assert one.stderr.startswith(civil.stderr)
    assert "criminal" not in civil.stdout
    assert civil.stderr == "civil bus alone: the other was not asked\n"


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (["0:bb"], 0, "0:bb: discarded (x)\n"),
        (["0:bb", "--realm", "civil"], FOUND, "not_in_quarantine"),
        (["0:aa", "0:bb"], WRONG_USE, "two_buses"),
        (["0:bb", "--blind"], WRONG_USE, "realm_missing"),
    ],
)
def test_a_decision_is_ordered_on_its_own_bus(
    more: list[str], code: int, said: str, two: list[str]
) -> None:
    """An order is of one bus, which the decision tells unless nobody looks."""
    done = invoke("quarantine", "decide", "--discard", *more, *two)

    assert done.exit_code == code
    assert said in done.output


@pytest.mark.parametrize("decision", ["99", "0:", "a:99"])
def test_a_decision_is_named_in_full_where_nobody_looks(decision: str, where: list[str]) -> None:
    """The log cannot say on which partition it is."""
    words = ["--blind", "--realm", "civil"]
    done = invoke("quarantine", "decide", decision, "--release", *words, *where)

    assert done.exit_code == WRONG_USE
    assert "decision_malformed" in done.stderr


def test_shards_are_counted_in_words(where: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One shard, two shards."""
    monkeypatch.setattr(OwnersBus, "registry", AsyncMock(return_value=None))
    for shards, words in ((1, "1 shard by"), (2, "2 shards by")):
        found = {"order": 1, "shards": shards, "partitions": [[0]] * shards}
        monkeypatch.setattr(layout, "_described", lambda _, found=found: found)
        assert f"civil: {words} order 1\n" in invoke("layout", *where).stdout

"""`relais kafka apply` without any broker: what files alone can tell, and wrong use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.errors import UsageError
from services.cli.operator.kafka_check import copies, finish
from services.platform.process.exit_codes import UNREACHABLE, WRONG_USE
from tests.kafka_like import cluster_of
from tests.shell import invoke


def strimzi(home: Path, *words: str) -> list[Any]:
    """Manifests that a check prints, without a broker."""
    done = invoke("kafka", "apply", "--check", "--format", "strimzi", "--home", home, *words)
    assert done.exit_code == 0
    return [*yaml.safe_load_all(done.stdout)]


def test_topics_for_kubernetes_need_no_broker(home: Path) -> None:
    """Three replicas where nobody can be counted."""
    found = strimzi(home, "--only", "topics")

    assert {(one["kind"], one["spec"]["replicas"]) for one in found} == {("KafkaTopic", 3)}
    assert len(found) == 22


def test_users_for_kubernetes_have_the_shards_they_are_told_of(home: Path) -> None:
    """Control cannot be asked before there are brokers: the first layout is given by hand."""
    layouts = ["--layout", "civil=1:2", "--layout", "criminal=1:1"]

    names = [one["metadata"]["name"] for one in strimzi(home, "--only", "rights", *layouts)]

    routers = [name for name in names if name.startswith("routing")]
    assert routers == ["routing-civil-0", "routing-civil-1", "routing-criminal-0"]
    assert "admin" not in names


@pytest.mark.parametrize(
    ("arguments", "code", "exit_code"),
    [
        ("--check", "kafka_unknown", WRONG_USE),
        ("--check --layout civil=one", "layout_malformed", WRONG_USE),
        ("--check --layout penal=1:1", "layout_malformed", WRONG_USE),
        ("--format strimzi", "option_missing", WRONG_USE),
        ("--convention new.yaml", "option_missing", WRONG_USE),
        ("--tls-ca ca.pem", "tls_incomplete", WRONG_USE),
        ("--kafka 127.0.0.1:9", "kafka_unreachable", UNREACHABLE),
    ],
)
def test_wrong_use_is_told_in_one_line(
    home: Path, arguments: str, code: str, exit_code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No brokers, no such realm, half a certificate, nobody there: each with what to do."""
    monkeypatch.setattr("services.cli.common.asked.WAIT_S", 0.5)

    done = invoke("kafka", "apply", *arguments.split(), "--home", home)

    assert (done.exit_code, code in done.stderr, done.stdout) == (exit_code, True, "")


def test_a_kafka_of_the_home_that_does_not_run_is_told_soon_and_with_what_starts_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All wait for the same ten seconds, not for as long as a request may take."""
    monkeypatch.setattr("services.cli.common.asked.WAIT_S", 0.5)
    monkeypatch.setattr("services.cli.common.asked.own_kafka", lambda _: cluster_of(9))

    done = invoke("kafka", "apply", "--home", home)

    assert done.exit_code == UNREACHABLE
    assert "0.5 s" in done.stderr
    assert "expected `relais up` or `relais kafka up`" in done.stderr


def test_the_home_knows_its_own_nodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Running or not: nobody is asked. Of brokers elsewhere there are three, unless it is said."""
    for nodes, expected in ((1, 1), (2, 2), (5, 3)):
        own = cluster_of(*range(1, nodes + 1))
        monkeypatch.setattr("services.cli.operator.kafka_check.own_kafka", lambda _, own=own: own)
        assert copies(tmp_path, own.bootstrap, None) == expected
        assert copies(tmp_path, "a:1", None) == 3
        assert copies(tmp_path, own.bootstrap, 2) == 2


def test_a_gauge_that_cannot_be_written_is_wrong_use(tmp_path: Path) -> None:
    """In one line, as every other: a scheduled job's log is read by somebody."""
    with pytest.raises(UsageError, match="metrics_unusable"):
        finish([], ["right_extra"], tmp_path / "nowhere" / "drift.prom")

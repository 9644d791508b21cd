"""Dashboards: Grafana's form, queries that Prometheus parses, and metrics that somebody exports."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.deploy.test_alerts import ROOT, exported, promtool, run

__all__ = ["promtool"]  # a fixture

FOLDER: Final = ROOT / "deploy" / "grafana"
FILES: Final = {path.name: path for path in sorted((FOLDER / "dashboards").glob("*.json"))}
BOARDS: Final[dict[str, dict[str, Any]]] = {
    name: json.loads(path.read_text("utf-8")) for name, path in FILES.items()
}
OLDEST_SCHEMA: Final = 39  # of Grafana 11
OF_PROMETHEUS: Final = frozenset({"up", "ALERTS"})
# What Kafka registers (its documentation, "Monitoring"), as domain, type, name; what JMX exporters make of it, by the
# rules that Strimzi and others share, is computed below.
MBEANS: Final = (
    ("server", "ReplicaManager", "LeaderCount"), ("server", "ReplicaManager", "PartitionCount"),
    ("server", "ReplicaManager", "UnderReplicatedPartitions"),
    ("server", "ReplicaManager", "AtMinIsrPartitionCount"),
    ("server", "ReplicaManager", "UnderMinIsrPartitionCount"),
    ("controller", "KafkaController", "ActiveControllerCount"),
    ("controller", "KafkaController", "OfflinePartitionsCount"),
    ("controller", "ControllerStats", "UncleanLeaderElectionsPerSec"),
    ("server", "BrokerTopicMetrics", "BytesInPerSec"),
    ("server", "BrokerTopicMetrics", "BytesOutPerSec"),
    ("server", "BrokerTopicMetrics", "MessagesInPerSec"),
    ("server", "BrokerTopicMetrics", "TotalProduceRequestsPerSec"),
    ("server", "BrokerTopicMetrics", "FailedProduceRequestsPerSec"),
    ("server", "BrokerTopicMetrics", "FailedFetchRequestsPerSec"),
    ("network", "SocketServer", "NetworkProcessorAvgIdlePercent"),
    ("server", "KafkaRequestHandlerPool", "RequestHandlerAvgIdlePercent"),
    ("log", "Log", "Size"),
)  # fmt: skip
_WORDS: Final = frozenset({"and", "or", "unless", "bool", "offset"})


def kafka_names() -> set[str]:
    """Kafka's metrics as Prometheus sees them."""
    names = {f"kafka_{domain}_{kind}_{name}" for domain, kind, name in MBEANS}
    names = {re.sub("PerSec$", "_total", name) for name in names}
    return {re.sub("Percent$", "_percent", name).lower() for name in names}


def queries(board: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Title of each panel and each of its expressions."""
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


def metrics_of(expr: str) -> set[str]:
    """What an expression reads: names outside of selectors, groupings and functions."""
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\b(?:by|on|without|ignoring) \([^)]*\)", " ", expr)
    return set(re.findall(r"\b[a-zA-Z_:][\w:]*\b(?!\s*\()", bare)) - _WORDS


@pytest.mark.parametrize("name", FILES)
def test_every_dashboard_has_grafana_s_form(name: str) -> None:
    """What Grafana needs to load it: a schema that it knows, panels with places, one source of data."""
    board = BOARDS[name]
    panels = board["panels"]
    cells = [
        (panel["gridPos"]["x"] + dx, panel["gridPos"]["y"] + dy)
        for panel in panels
        for dx in range(panel["gridPos"]["w"])
        for dy in range(panel["gridPos"]["h"])
    ]

    assert board["schemaVersion"] >= OLDEST_SCHEMA
    assert {"uid", "title", "time", "templating"} <= set(board)
    assert len(panels) == len({panel["id"] for panel in panels}) > 10
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert {panel["datasource"]["uid"] for panel in panels} == {"prometheus"}
    assert {panel["type"] for panel in panels} == {"stat", "timeseries"}


@pytest.mark.parametrize("name", FILES)
def test_every_query_is_one_that_prometheus_parses(
    promtool: str, tmp_path: Path, name: str
) -> None:
    """Each as a rule of its own."""
    exprs = [expr for _, expr in queries(BOARDS[name])]
    rules = [{"record": f"q{number}", "expr": expr} for number, expr in enumerate(exprs)]
    file = tmp_path / "queries.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))

    assert f"{len(exprs)} rules found" in run(promtool, "check", "rules", str(file))


@pytest.mark.parametrize("name", FILES)
def test_every_metric_of_a_panel_is_one_that_somebody_exports(name: str, tmp_path: Path) -> None:
    """A metric that was renamed would leave an empty panel, which looks like calm."""
    known = exported(tmp_path).keys() | kafka_names() | OF_PROMETHEUS
    read = {(title, one) for title, expr in queries(BOARDS[name]) for one in metrics_of(expr)}

    assert {(title, one) for title, one in read if one not in known} == set()
    assert len(read) > 10


def test_an_unknown_metric_would_be_seen() -> None:
    """The reading of expressions itself: functions, groupings, selectors and windows are no metrics."""
    expr = (
        'sum by (le, realm) (rate(a_bucket{le="1", code=~"x|y"}[5m])) / on (job) b:c offset 5m > 2'
    )

    assert metrics_of(expr) - {"m"} == {"a_bucket", "b:c"}


def test_both_languages_show_the_same() -> None:
    """Titles and legends differ, queries and places do not."""
    french, english = (
        [(row[1], panel["gridPos"]) for panel in BOARDS[name]["panels"] for row in queries({"panels": [panel]})]
        for name in ("relais.fr.json", "relais.en.json")
    )  # fmt: skip
    titles = [
        {panel["title"] for panel in BOARDS[f"relais.{lang}.json"]["panels"]}
        for lang in ("fr", "en")
    ]

    assert french == english
    assert not titles[0] & titles[1]


def test_what_is_provisioned_is_what_there_is() -> None:
    """The source that panels name, and the folder into which compose mounts them."""
    provisioning = FOLDER / "provisioning"
    (source,) = yaml.safe_load((provisioning / "datasources/prometheus.yml").read_text())[
        "datasources"
    ]
    (provider,) = yaml.safe_load((provisioning / "dashboards/relais.yml").read_text())["providers"]
    compose = yaml.safe_load((ROOT / "deploy/compose.grafana.yml").read_text("utf-8"))
    grafana = compose["services"]["grafana"]

    assert source["uid"] == "prometheus"
    assert source["url"] == "http://prometheus:9090"
    mounts = [mount.split(":")[:2] for mount in grafana["volumes"]]
    assert ["./deploy/grafana/dashboards", provider["options"]["path"]] in mounts
    assert ["./deploy/grafana/provisioning", "/etc/grafana/provisioning"] in mounts
    assert all((ROOT / here).exists() for here, _ in mounts if here.startswith("."))
    assert grafana["ports"] == ["127.0.0.1:${RELAIS_PORTS:-81}95:3000"]
    assert (grafana["cap_drop"], grafana["read_only"]) == (["ALL"], True)

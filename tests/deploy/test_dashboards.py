"""The dashboard: Grafana's form, queries that Prometheus parses, exported metrics."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from tests.deploy.test_alerts import ROOT, exported, promtool, run

__all__ = ["promtool"]  # a fixture

FOLDER: Final = ROOT / "deploy" / "grafana"
BOARD: Final[dict[str, Any]] = json.loads(
    (FOLDER / "dashboards" / "relais.json").read_text("utf-8")
)
OLDEST_SCHEMA: Final = 39  # of Grafana 11
OF_PROMETHEUS: Final = frozenset({"up", "ALERTS"})
_WORDS: Final = frozenset({"and", "or", "unless", "bool", "offset"})


def queries() -> Iterator[tuple[str, str]]:
    """Title of each panel and each of its expressions."""
    for panel in BOARD["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


def metrics_of(expr: str) -> set[str]:
    """What an expression reads: names outside of selectors, groupings and functions."""
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\b(?:by|on|without|ignoring) \([^)]*\)", " ", expr)
    return set(re.findall(r"\b[a-zA-Z_:][\w:]*\b(?!\s*\()", bare)) - _WORDS


def test_the_dashboard_has_grafana_s_form() -> None:
    """What Grafana needs to load it: a known schema, panels with places, one source."""
    panels = BOARD["panels"]
    cells = [
        (panel["gridPos"]["x"] + dx, panel["gridPos"]["y"] + dy)
        for panel in panels
        for dx in range(panel["gridPos"]["w"])
        for dy in range(panel["gridPos"]["h"])
    ]

    assert BOARD["schemaVersion"] >= OLDEST_SCHEMA
    assert {"uid", "title", "time", "templating"} <= set(BOARD)
    assert len(panels) == len({panel["id"] for panel in panels}) > 10
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert {panel["datasource"]["uid"] for panel in panels} == {"prometheus"}


def test_every_query_is_parsed_and_reads_what_somebody_exports(
    promtool: str, tmp_path: Path
) -> None:
    """A metric that was renamed would leave an empty panel, which looks like calm."""
    exprs = [expr for _, expr in queries()]
    rules = [{"record": f"q{number}", "expr": expr} for number, expr in enumerate(exprs)]
    file = tmp_path / "queries.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))
    known = exported(tmp_path).keys() | OF_PROMETHEUS
    read = {(title, one) for title, expr in queries() for one in metrics_of(expr)}

    assert f"{len(exprs)} rules found" in run(promtool, "check", "rules", str(file))
    assert {(title, one) for title, one in read if one not in known} == set()
    assert len(read) > 10


def test_what_is_provisioned_is_what_there_is() -> None:
    """The source that panels name, and the folder into which compose mounts them."""
    provisioning = FOLDER / "provisioning"
    sources = yaml.safe_load((provisioning / "datasources/prometheus.yml").read_text())
    (source,) = sources["datasources"]
    (provider,) = yaml.safe_load((provisioning / "dashboards/relais.yml").read_text())["providers"]
    compose = yaml.safe_load((ROOT / "deploy/compose.grafana.yml").read_text("utf-8"))
    grafana = compose["services"]["grafana"]

    assert (source["uid"], source["url"]) == ("prometheus", "http://prometheus:9090")
    mounts = [mount.split(":")[:2] for mount in grafana["volumes"]]
    assert ["./deploy/grafana/dashboards", provider["options"]["path"]] in mounts
    assert ["./deploy/grafana/provisioning", "/etc/grafana/provisioning"] in mounts
    assert all((ROOT / here).exists() for here, _ in mounts if here.startswith("."))
    assert grafana["ports"] == ["127.0.0.1:${RELAIS_PORTS:-81}95:3000"]
    assert (grafana["cap_drop"], grafana["read_only"]) == (["ALL"], True)

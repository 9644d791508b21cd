"""Alerts: as the table of checks says, firing when they must, on metrics that exist."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from services.operate.gauge import write_gauge
from services.platform.process.metrics import Metrics
from tests.deploy.alert_rules import WRITTEN, made

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "deploy" / "prometheus"
RULES: Final[dict[str, Any]] = yaml.safe_load(WRITTEN.read_text("utf-8"))
TESTS: Final = "alerts.test.yaml"
ALERTS: Final[dict[str, dict[str, Any]]] = {
    rule["alert"]: rule for group in RULES["groups"] for rule in group["rules"]
}
TARGET: Final = {"job", "instance"}  # labels that Prometheus gives each series


@cache
def exported(folder: Path) -> dict[str, set[str]]:
    """Name of each series that Relais exports -> its labels."""
    metrics = Metrics("routing", CollectorRegistry())
    metrics.follow_undecided(lambda: 0)
    metrics.follow(lambda: {("topic", 0): 1})
    write_gauge(folder / "drift.prom", {"right_extra": 0}, 1)
    names: dict[str, set[str]] = {}
    for collector in list(metrics.registry._collector_to_names):
        for name in metrics.registry._collector_to_names[collector]:
            names[name] = set(getattr(collector, "_labelnames", ())) | {"le"}
    text = (folder / "drift.prom").read_text()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            names[sample.name] = set(sample.labels)
    return names


def used() -> Iterator[tuple[str, str]]:
    """Each alert with each metric of ours that it reads."""
    for alert, rule in ALERTS.items():
        for name in re.findall(r"\brelais_[a-z_]+", rule["expr"]):
            yield alert, name


@pytest.fixture(scope="session")
def promtool() -> str:
    """Prometheus's own tool; a newcomer's machine need not have it, continuous integration must."""
    found = shutil.which("promtool")
    if found is None:
        tell = pytest.fail if "RELAIS_CI" in os.environ else pytest.skip
        tell("promtool is not installed: apt-get install prometheus")
    return found


def test_the_rules_and_the_settings_are_sound(promtool: str, tmp_path: Path) -> None:
    """As Prometheus reads them where compose mounts them."""
    settings = (FOLDER / "prometheus.yml").read_text("utf-8")
    local = tmp_path / "prometheus.yml"
    local.write_text(settings.replace("/etc/prometheus", str(FOLDER)))

    rules = run(promtool, "check", "rules", str(WRITTEN))
    config = run(promtool, "check", "config", str(local))

    assert f"{len(ALERTS)} rules found" in rules
    assert "alerts.yaml" in config


def test_the_rules_are_what_the_table_of_checks_says() -> None:
    """Which `relais status` and the console judge by."""
    assert WRITTEN.read_text("utf-8") == made()


def test_an_alert_of_each_group_fires_when_it_must_and_only_then(promtool: str) -> None:
    """Every case of the file."""
    cases = (FOLDER / TESTS).read_text("utf-8")

    assert "SUCCESS" in run(promtool, "test", "rules", TESTS)
    for group in RULES["groups"]:
        assert any(f'"{rule["alert"]}"' in cases for rule in group["rules"]), group["name"]


def run(*words: str) -> str:
    """What a command says, once it has ended well."""
    done = subprocess.run(words, cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_metric_of_an_alert_is_one_that_a_service_exports(tmp_path: Path) -> None:
    """A metric that was renamed would leave an alert silent for ever."""
    known = exported(tmp_path)

    assert {(alert, name) for alert, name in used() if name not in known} == set()


def test_every_label_of_an_alert_is_one_of_its_metrics(tmp_path: Path) -> None:
    """In selectors, in groupings and in what is told."""
    known = exported(tmp_path)
    wrong = {}
    for alert, rule in ALERTS.items():
        names = {name for one, name in used() if one == alert}
        labels = set().union(TARGET, *(known[name] for name in names))
        expr = rule["expr"]
        asked = set(re.findall(r"[{,]\s*(\w+)=", expr))
        for group in re.findall(r"(?:by|on) \(([\w, ]+)\)", expr):
            asked |= set(re.split(r",\s*", group))
        asked |= set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
        if asked - labels:
            wrong[alert] = asked - labels

    assert wrong == {}


def test_every_metric_of_an_alert_is_set_by_a_service() -> None:
    """One that is only declared says 0, or nothing, whatever happens."""
    attributes = {
        metric._name: name
        for name, metric in vars(Metrics("routing")).items()
        if hasattr(metric, "_name")
    }
    code = (
        "\n".join(
            path.read_text("utf-8")
            for path in (ROOT / "services").rglob("*.py")
            if path.name != "metrics.py"
        )
        + "self.started.set("
    )
    bare = {re.sub(r"_(total|created|bucket|count|sum)$", "", name) for _, name in used()}

    unset = {
        name
        for name in bare & set(attributes)
        if not re.search(rf"metrics\.{attributes[name]}\b|self\.{attributes[name]}\.set\(", code)
    }

    assert len(bare & set(attributes)) > 12
    assert unset == set()


def test_every_service_of_the_compose_file_is_a_target() -> None:
    """Whoever is not scraped is not watched; nobody else is asked."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
    serving = {
        name
        for name, service in compose.items()
        if str(service.get("command", "")).startswith("['serve'")
    }
    config = yaml.safe_load((FOLDER / "prometheus.yml").read_text("utf-8"))
    groups = json.loads((FOLDER / "targets.json").read_bytes())

    assert [group["targets"] for group in groups] == [
        [f"{group['labels']['instance']}:8080"] for group in groups
    ]
    assert {group["labels"]["instance"] for group in groups} == serving
    assert {group["labels"]["job"] for group in groups} == {"agencies", "routing", "audit"}
    (scrape,) = config["scrape_configs"]
    assert scrape["file_sd_configs"] == [{"files": ["/etc/prometheus/targets.json"]}]
    assert config["rule_files"] == ["/etc/prometheus/alerts.yaml"]

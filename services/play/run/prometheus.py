"""Debian's Prometheus beside a federation: its targets and rules as files, its process.

prometheus/prometheus.yml   what it scrapes and judges by
prometheus/targets.json     the services (`file_sd_configs`), each with its name as `instance`
prometheus/alerts.yaml      the rules of this release
prometheus/data             what it has seen, for 15 days
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import httpx
import orjson

from contracts.errors import UsageError
from contracts.vocabulary.principals import CONSOLE
from services.console.settings import ConsoleSettings
from services.operate.home.home import Home
from services.operate.status.alerts import FILE as RULES
from services.operate.status.ask import PROMETHEUS
from services.play.run.plan import Service, answering
from services.play.run.supervisor import Program
from services.texts import Catalogue

_ = Catalogue(__name__)

EVERY: Final = "5s"  # a look at each service: a person looks at what was just broken
KEPT: Final = "15d"
JOBS: Final = {"routing": "routing", "audit": "audit", CONSOLE: CONSOLE}  # role -> job
AGENCIES_JOB: Final = "agencies"


def prometheus_program() -> str:
    """Where it is installed.

    Raises:
        UsageError: `prometheus_missing`.
    """
    if (path := shutil.which(PROMETHEUS)) is None:
        expected = _("`apt-get install prometheus` on Debian, or `relais up` without --prometheus")
        raise UsageError(
            "prometheus_missing", _("no program `prometheus` on the path"), expected, PROMETHEUS
        )
    return path


def prometheus_url(services: Iterable[Service]) -> str:
    """Where it answers, as the console is told; empty: none is wanted."""
    settings = (service.settings for service in services)
    return next((own.prometheus for own in settings if isinstance(own, ConsoleSettings)), "")


def write_prometheus(home: Home, services: Iterable[Service]) -> Path:
    """Write its files anew but what it has seen; its folder."""
    folder = home.path / PROMETHEUS
    folder.mkdir(mode=0o700, exist_ok=True)
    shutil.copyfile(RULES, folder / "alerts.yaml")
    scrape = {"job_name": "relais", "file_sd_configs": [{"files": ["targets.json"]}]}
    config = {
        "global": {"scrape_interval": EVERY, "evaluation_interval": EVERY},
        "rule_files": ["alerts.yaml"],
        "scrape_configs": [scrape],
    }
    targets = [
        {
            "targets": [service.url.removeprefix("http://")],
            "labels": {"instance": service.name, "job": JOBS.get(service.role, AGENCIES_JOB)},
        }
        for service in services
    ]
    for name, rows in (("prometheus.yml", config), ("targets.json", targets)):  # JSON is YAML
        (folder / name).write_bytes(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
    return folder


def prometheus(folder: Path, url: str, client: httpx.AsyncClient) -> Program:
    """How it is started over its files, on this machine's own address, and when it is ready.

    Raises:
        UsageError: `prometheus_missing`.
    """
    command = (
        prometheus_program(), f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}", f"--storage.tsdb.retention.time={KEPT}",
        f"--web.listen-address={url.removeprefix('http://')}", "--log.format=json",
    )  # fmt: skip
    return Program(PROMETHEUS, command, {}, answering(client, f"{url}/-/ready"))

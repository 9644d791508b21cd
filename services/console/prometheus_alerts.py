"""What Prometheus says is firing, where there is one: its alerts beside the console's own.

Nothing of it is shown as it came but names and the labels that our own metrics have: the words are
those of `alerts.yaml`, in the reader's language. Of rules that are not ours the name alone is told.
Format: Prometheus's HTTP API, `GET /api/v1/alerts`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import httpx

from contracts.encoding import json_object
from services.operate.status.alerts import SEVERITIES, Alert, names, told_value
from services.operate.status.ask import ANSWER_S, bounded_page
from services.platform.process.metrics import LABELS

ALERTS: Final = "/api/v1/alerts"
MOST: Final = 500  # alerts of one answer; a federation that is wholly down has some 100
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_:]{0,79}")
_VALUE: Final = re.compile(
    r"[\w.:/-]{1,120}", re.ASCII
)  # a realm, role, code, topic, host and port


@dataclass(frozen=True, slots=True)
class SeenAlert:
    """What needs somebody, and the instant at which it was seen first."""

    alert: Alert
    since: float


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer of Prometheus.

    Attributes:
        asked: whether there is one to ask.
        why: code of why nothing is known: `refused`, `silent`, `unreadable`; empty if it answered.
        firing: alerts of our rules.
        others: names of alerts of other rules, sorted.
    """

    asked: bool = False
    why: str = ""
    firing: tuple[SeenAlert, ...] = ()
    others: tuple[str, ...] = ()


async def ask_prometheus(url: str) -> Heard:
    """What fires; nothing is raised, and nothing is waited for longer than a service is.

    Args:
        url: of Prometheus; empty: there is none.
    """
    if not url:
        return Heard()
    try:
        async with (
            asyncio.timeout(ANSWER_S),
            httpx.AsyncClient(timeout=ANSWER_S, trust_env=False) as client,
        ):
            page = await bounded_page(client, url.rstrip("/") + ALERTS)
        return heard(json_object(page))
    except (TimeoutError, httpx.TimeoutException):
        return Heard(asked=True, why="silent")
    except (httpx.HTTPError, httpx.InvalidURL):
        return Heard(asked=True, why="refused")
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return Heard(asked=True, why="unreadable")


def heard(said: Mapping[str, Any]) -> Heard:
    """What an answer says.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: it is none of Prometheus's.
    """
    if said["status"] != "success":
        raise ValueError("got an error, expected alerts")
    rows = [row for row in said["data"]["alerts"] if row["state"] == "firing"]
    if len(rows) > MOST:
        raise ValueError(f"got {len(rows)} alerts, expected at most {MOST}")
    known = names()
    ours = (_ours(row) for row in rows if row["labels"]["alertname"] in known)
    others = {row["labels"]["alertname"] for row in rows} - known
    return Heard(
        asked=True,
        firing=tuple(sorted(ours, key=lambda seen: (seen.alert, seen.since))),
        others=tuple(sorted(name for name in others if _NAME.fullmatch(name))),
    )


def _ours(row: Mapping[str, Any]) -> SeenAlert:
    """An alert of our own rules, with those labels alone that a metric of ours has."""
    name, given = row["labels"]["alertname"], row["labels"]
    labels = {
        label: value
        for label, value in given.items()
        if label in LABELS | {"instance", "job"} and _VALUE.fullmatch(value)
    }
    who = next((labels.pop(label) for label in ("instance", "job") if label in labels), "")
    labels.pop("job", None)
    value = told_value(name, float(row["value"]))
    since = datetime.fromisoformat(row["activeAt"]).timestamp()
    return SeenAlert(Alert(name, who, tuple(sorted(labels.items())), value), since)


def merged(own: Iterable[SeenAlert], theirs: Iterable[SeenAlert]) -> tuple[SeenAlert, ...]:
    """Each thing once: as the console sees it, since when the first of both saw it; the worst first."""
    rows, left = [], list(theirs)
    for seen in own:
        same = [other for other in left if _covers(other.alert, seen.alert)]
        rows.append(replace(seen, since=min((seen.since, *(other.since for other in same)))))
    left = [other for other in left if not any(_covers(other.alert, row.alert) for row in rows)]
    return tuple(sorted((*rows, *left), key=_rank))


def _covers(theirs: Alert, own: Alert) -> bool:
    """Whether Prometheus speaks of the same: its labels say nothing else, as far as both have them."""
    mine = {**dict(own.labels), "instance": own.who}
    said = {**dict(theirs.labels), "instance": theirs.who or own.who}
    return theirs.name == own.name and all(
        mine.get(label, value) == value for label, value in said.items()
    )


def _rank(seen: SeenAlert) -> tuple[int, Alert]:
    return SEVERITIES.index(seen.alert.severity), seen.alert

"""Metrics: numbers with a closed set of labels."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry

from services.platform.process.metrics import LABELS, Metrics


def test_no_metric_has_a_label_that_could_name_a_person_or_a_case() -> None:
    """All are from the closed list; a desk by what a directory says of it, or by a flood."""
    registry = CollectorRegistry()
    metrics = Metrics("routing", registry)

    labels = {name: set(getattr(one, "_labelnames", ())) for name, one in vars(metrics).items()}
    names = set[str]().union(*labels.values())

    assert names <= LABELS | {"service"}
    assert not names & {"case", "sub", "jti", "iss", "name", "path"}
    assert [name for name in labels if "desk" in labels[name]] == ["desks_closed", "cases_opened"]


def test_a_label_outside_the_list_cannot_be_made() -> None:
    """Adding a metric by case fails when the service starts, not in an audit."""
    metrics = Metrics("routing")

    with pytest.raises(ValueError, match="labels"):
        metrics._counter("more", "…", "realm case")

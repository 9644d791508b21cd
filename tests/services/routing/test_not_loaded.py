"""A log under a version of the convention that this release does not load."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from contracts.errors import ConventionError, LogError
from contracts.log.orders.registry import Registry
from services.routing.inputs import inputs
from services.routing.shard import Shard
from tests.contracts.log.bus import owners


def shard(registry: Registry) -> Shard:
    """One partition, whose log stands under a version that control did not bring."""
    tail: Any = SimpleNamespace(convd="c" * 43, dird="d" * 43)
    router = SimpleNamespace(state=SimpleNamespace(tail=tail))
    control = SimpleNamespace(registry=registry)
    return cast("Shard", SimpleNamespace(routers={0: router}, control=control))


def test_a_router_ends_and_says_what_the_older_release_took() -> None:
    """With the loader's own words; not with the name of a missing key."""
    registry = Registry("civil", owners())
    registry.unreadable = ConventionError("codes_alike", "P0L like POL", "codes apart")

    with pytest.raises(LogError, match=r"convention_not_loaded.*codes_alike.*P0L like POL"):
        inputs(shard(registry))


def test_a_version_that_no_order_brought_is_told_too() -> None:
    """Control was emptied: nothing else is known of it."""
    with pytest.raises(LogError, match=r"convention_not_loaded.*no order that adopts it"):
        inputs(shard(Registry("civil", owners())))

"""A log under a version of the convention that control did not bring."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from contracts.errors import LogError
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


def test_a_version_that_no_order_brought_ends_a_router_by_name() -> None:
    """Control was emptied: nothing is known of it."""
    with pytest.raises(LogError, match=r"convention_not_loaded.*no order that adopts it"):
        inputs(shard(Registry("civil", owners())))

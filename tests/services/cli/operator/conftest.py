"""A home, and commands on it without Kafka."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any, Final
from unittest.mock import AsyncMock

import pytest
from click.testing import Result

from contracts.log.orders.order import Order
from contracts.log.orders.registry import Registry
from services.operate.home.first_orders import new_orders
from services.operate.home.home import Home
from services.operate.home.owners_bus import OwnersBus
from services.platform.kafka.orders.new_orders import NewOrder, signed_values
from services.platform.process import clock
from tests.shell import invoke

WEEKS: Final = 2
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with keys and directories of a few weeks."""
    path = tmp_path_factory.mktemp("home")
    Home(path).prepare(int(time.time()), WEEKS)
    return path


@pytest.fixture
def own(home: Path, tmp_path: Path) -> Home:
    """A copy of it, for one test."""
    return Home(copytree(home, tmp_path / "own"))


@pytest.fixture
def ordering(own: Home, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A command on that home, whose control holds what was ordered, without Kafka."""
    at = int(time.time())
    clock.set_to(own.clock, at)
    registry = Registry("civil", own.owners)
    for new in new_orders(own, registry, 1):
        signed_values(registry, new, at)

    async def order(_bus: OwnersBus, *new: NewOrder) -> list[Order]:
        for one in new:
            signed_values(registry, one, at)
        return [registry.orders[-1]]

    monkeypatch.setattr(OwnersBus, "registry", AsyncMock(return_value=registry))
    monkeypatch.setattr(OwnersBus, "order", order)

    def run(*arguments: str, answer: str = "") -> Any:
        return invoke(*arguments, "--home", own.path, "--kafka", "nobody:1", input=answer)

    return run

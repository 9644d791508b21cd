"""How tests end: an async one leaves no task or garbage; last lines name what failed."""

from __future__ import annotations

import asyncio
import atexit
import gc
import sys
from collections.abc import AsyncIterator, Generator
from inspect import iscoroutinefunction

import pytest
from _pytest.unraisableexception import collect_unraisable

_OFTEN = gc.get_threshold()
_YOUNG = (50_000, 1_000, _OFTEN[2])
_failed: dict[str, None] = {}


def _is_async(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and iscoroutinefunction(item.obj)


def pytest_itemcollected(item: pytest.Item) -> None:
    """The first fixture of an async test behind a file's own, so that it ends after the test's."""
    if isinstance(item, pytest.Function) and _is_async(item):
        made, names = item._fixtureinfo.name2fixturedefs, item.fixturenames
        own = [
            n for n, name in enumerate(names) if name in made and made[name][-1].scope == "function"
        ]
        names.insert(own[0] if own else len(names), "leaves_no_task")


@pytest.fixture
async def leaves_no_task() -> AsyncIterator[None]:
    """Whoever begins a task ends it: what it does later would be told in another test."""
    shared = _tasks()
    yield
    assert shared or _tasks() == [], "tasks go on"


def _tasks() -> list[object]:
    coros = [task.get_coro() for task in asyncio.all_tasks()]
    return [coro for coro in coros if "TestRunner" not in str(coro)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """What an async test makes stays young for the collector, found in milliseconds."""
    gc.set_threshold(*(_YOUNG if _is_async(item) else _OFTEN))
    yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """What an async test, or one with processes, did not close is told in that test."""
    yield
    if isinstance(item, pytest.Function) and (_is_async(item) or item.get_closest_marker("kafka")):
        item.funcargs.clear()
        gc.collect(1)
        collect_unraisable(item.config)


def pytest_configure(config: pytest.Config) -> None:
    """Whatever way the run ends, its last lines come at the process's end."""
    if not hasattr(config, "workerinput"):
        atexit.register(_name_failed)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Of every worker; said at once too, for who waits beside a long run."""
    if report.failed:
        _failed[f"{report.nodeid} ({report.when})"] = None
        sys.stdout.write(f"\nfailed: {report.nodeid} ({report.when})\n")


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """What could not even be collected."""
    if report.failed:
        _failed[f"{report.nodeid} (collect)"] = None


def _name_failed() -> None:
    if _failed:
        sys.stdout.write("\n".join(["", f"{len(_failed)} failed:", *_failed, ""]))

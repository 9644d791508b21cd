"""A service that was forked is a process like any other, and nobody needs the one that forks."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.platform.process.exit_codes import WRONG_USE
from services.play.kafka import ports
from services.play.run.nursery import SERVICES, Forked, Nursery, Process
from tests.patience import eventually
from tests.services.play.run.test_supervisor import alive

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is forked"),
]


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    """One, closed afterwards."""
    nursery = Nursery()
    yield nursery
    nursery.close()


async def start(nursery: Nursery, folder: Path, *args: str, **environment: str) -> Process:
    """A command of ours, its output in `log`."""
    own = {"PATH": os.environ["PATH"], "RELAIS_HOME": str(folder), **environment}
    with (folder / "log").open("wb") as log:
        return await nursery.start((*SERVICES, *args), own, log.fileno())


async def waiting(nursery: Nursery, folder: Path) -> Process:
    """A service that waits for a Kafka that never comes."""
    nowhere = f"127.0.0.1:{ports.choose(['nowhere'], {})['nowhere']}"
    return await start(nursery, folder, "serve", "education", RELAIS_KAFKA=nowhere)


def serving() -> list[int]:
    """Our children that serve something."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return [
        int(child) for child in children
        if b"\0serve\0" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]  # fmt: skip


async def test_a_forked_service_has_its_own_name_group_and_environment(
    nursery: Nursery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`ps` shows what it serves; it is our child; nothing of our environment reaches it."""
    monkeypatch.setenv("RELAIS_STRAY", "stray")

    service = await waiting(nursery, tmp_path)
    proc = Path(f"/proc/{service.pid}")
    await eventually(lambda: b"serve\0education" in (proc / "cmdline").read_bytes())
    group, parent = (
        os.getpgid(service.pid),
        (proc / "stat").read_text().rpartition(")")[2].split()[1],
    )
    os.kill(service.pid, signal.SIGKILL)
    code = await service.wait()

    assert isinstance(service, Forked)
    assert (group, int(parent)) == (service.pid, os.getpid())
    assert code == service.returncode == -signal.SIGKILL


async def test_its_exit_code_and_words_arrive(nursery: Nursery, tmp_path: Path) -> None:
    """What a command says before it ends stands in its log."""
    service = await start(nursery, tmp_path, "serve", "nobody")

    assert await service.wait() == WRONG_USE
    assert "role_unknown" in (tmp_path / "log").read_text()


async def test_what_forks_may_die_and_services_live_and_start(
    nursery: Nursery, tmp_path: Path
) -> None:
    """It is no single point of failure: running services go on, the next ones start as programs."""
    first = await waiting(nursery, tmp_path)
    assert nursery._forks is not None
    nursery._forks.kill()
    nursery._forks.wait()

    second = await start(nursery, tmp_path, "--help")

    assert await second.wait() == 0
    assert alive(first.pid)
    os.kill(first.pid, signal.SIGKILL)
    await first.wait()


async def test_a_start_that_is_cancelled_leaves_no_process(
    nursery: Nursery, tmp_path: Path
) -> None:
    """Ctrl-C may come between the request and its answer."""
    starting = asyncio.ensure_future(waiting(nursery, tmp_path))
    await asyncio.sleep(0.1)  # what forks still imports
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting

    assert serving() == []

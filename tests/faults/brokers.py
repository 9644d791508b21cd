"""The three brokers as the campaign sees them: who leads what, and how each may be hurt."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.errors import KafkaError

from contracts.errors import UsageError
from services.play.kafka import brokers
from tests.faults.proxy import Door

WHOLE_S: Final = 240.0  # for every replica to be in sync again, on a busy machine
DISK_MB: Final = 4096  # of the one small disk; memory is used only for what is written
ASK_S: Final = 20.0
PORT_TRIES: Final = 30


@dataclass
class Brokers:
    """The nodes of one cluster.

    Attributes:
        doors: node -> the door that clients go through; none where nobody shuts one.
        disk: where a disk of its own is mounted for one node; None if we may not mount.
        disk_node: that node.
    """

    path: Path
    doors: dict[int, Door] = field(default_factory=dict)
    client: Mapping[str, Any] = field(default_factory=dict)
    disk: Path | None = None
    disk_node: int = 0

    @property
    def numbers(self) -> list[int]:
        """Of the nodes."""
        return sorted(node.number for node in brokers.status(self.path).nodes)

    @property
    def bootstrap(self) -> str:
        """What services are told: the doors, where there are some."""
        return brokers.status(self.path).bootstrap

    def wake(self) -> None:
        """Wake those that are paused, so that they can be stopped."""
        for number in self.numbers:
            self.signal(number, signal.SIGCONT)

    def pid(self, number: int) -> int:
        """Of a node's process, 0 if it does not run."""
        node = brokers.status(self.path).node(number)
        return node.pid if node.running else 0

    def signal(self, number: int, what: signal.Signals) -> None:
        """Send a signal to a node that runs."""
        if pid := self.pid(number):
            with suppress(ProcessLookupError):
                os.kill(pid, what)

    async def kill(self, number: int) -> None:
        """`kill -9`."""
        await asyncio.to_thread(brokers.stop_node, self.path, number, kill=True)

    async def bring_back(self, *numbers: int) -> None:
        """Start nodes that are down, and return when every partition is whole again."""
        for number in numbers:
            await self._start(number)
        # Before it answers itself, others still count it among those in sync.
        for number in numbers:
            await asyncio.to_thread(brokers.start_node, self.path, number)
        await self.whole()

    async def _start(self, number: int) -> None:
        """Start one; somebody else on this machine may have its port for a moment."""
        for left in reversed(range(PORT_TRIES)):
            try:
                await asyncio.to_thread(brokers.start_node, self.path, number, wait=False)
                return
            except UsageError as error:
                if error.code != "port_taken" or not left:
                    raise
            await asyncio.sleep(1)

    async def end_all(self, *, kill: bool) -> None:
        """End all three at once, in order or by `kill -9`."""
        stops = (
            asyncio.to_thread(brokers.stop_node, self.path, number, kill=kill, limit_s=8)
            for number in self.numbers
        )
        await asyncio.gather(*stops)

    async def whole(self) -> None:
        """Return when every partition has all its replicas in sync.

        Raises:
            TimeoutError: not within the limit: a broker is stuck.
        """
        async with asyncio.timeout(WHOLE_S):
            while not await self._is_whole():
                await asyncio.sleep(0.3)

    async def leader(self, topic: str, partition: int) -> int:
        """The node that leads a partition; 0 if nobody does or nobody says."""
        for found in await self._topics():
            for one in found["partitions"]:
                if found["topic"] == topic and one["partition"] == partition:
                    return max(0, int(one["leader"]))
        return 0

    async def coordinator(self, transactional_id: str) -> int:
        """The node that coordinates the transactions of an id; 0 if nobody says."""
        client = AIOKafkaClient(bootstrap_servers=self.bootstrap, **self.client)
        try:
            async with asyncio.timeout(ASK_S):
                await client.bootstrap()
                return int(
                    await client.coordinator_lookup(CoordinationType.TRANSACTION, transactional_id)
                )
        except (TimeoutError, KafkaError, OSError):
            return 0
        finally:
            await client.close()

    def controller(self) -> int:
        """The active controller: whom the newest vote on any node's disk names. 0 if none."""
        disks = [node.data for node in brokers.status(self.path).nodes]
        votes = [_vote(disk / "__cluster_metadata-0" / "quorum-state") for disk in disks]
        return max(0, max(votes)[1])

    async def fill_disk(self) -> bool:
        """Leave no byte on the small disk; whether that was done."""
        for _ in range(5):  # what is used grows while we look
            if await asyncio.to_thread(_resize, self.disk, 0):
                return True
        return False

    async def free_disk(self) -> None:
        """Give it back its room."""
        await asyncio.to_thread(_resize, self.disk, DISK_MB << 20)

    async def _is_whole(self) -> bool:
        if not brokers.status(self.path).running:
            return False
        found = await self._topics()
        return bool(found) and all(
            len(one["isr"]) == len(one["replicas"]) and one["leader"] in self.numbers
            for topic in found
            for one in topic["partitions"]
        )

    async def _topics(self) -> list[dict[str, Any]]:
        """Every topic with its partitions; none if nobody answers."""
        try:
            async with asyncio.timeout(ASK_S), self._admin() as admin:
                found: list[dict[str, Any]] = await admin.describe_topics()
                return found
        except (TimeoutError, KafkaError, OSError):
            return []

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap, **self.client)
        try:
            await admin.start()
            yield admin
        finally:
            await admin.close()


def _vote(path: Path) -> tuple[int, int]:
    """Epoch and leader of a node's last vote."""
    import json

    try:
        state = json.loads(path.read_text())
        return int(state["leaderEpoch"]), int(state["leaderId"])
    except (OSError, ValueError, KeyError):
        return 0, 0


def mount_disk(path: Path) -> bool:
    """Mount a small disk of its own, in memory; whether we may (root only)."""
    path.mkdir(parents=True, exist_ok=True)
    return _run("mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "relais-faults", str(path))


def may_mount(path: Path) -> bool:
    """Whether this machine lets us mount a small disk."""
    mounted = mount_disk(path)
    if mounted:
        unmount_disk(path)
    return mounted


def unmount_disk(path: Path) -> None:
    """Take it away again."""
    _run("umount", str(path))


def _resize(disk: Path | None, size: int) -> bool:
    """Set the size of a mounted disk; 0: what is used on it now, so that it is full."""
    if disk is None:
        return False
    if size == 0:
        state = os.statvfs(disk)
        size = (state.f_blocks - state.f_bfree) * state.f_frsize
    return _run("mount", "-o", f"remount,size={size}", str(disk))


def _run(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


async def until(holds: Callable[[], bool], limit_s: float) -> bool:
    """Wait for something; whether it came within the limit."""
    deadline = time.monotonic() + limit_s
    while not holds():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.1)
    return True

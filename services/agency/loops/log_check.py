"""An agency follows its realms' logs: it mirrors them and finds its own (proof §11).

    record_not_in_log    a receipt or notice names a record that the log has not, or that speaks of
                         something else
    mirror_contradicted  the log has signed another history than the one that lies here
    log_not_followed     nothing new of a log could be believed for as long as a record may take

In a thread of each realm's own: neither a slow disk nor a silent auditor holds up anybody. What
must not be is told on a timer of its own: a look that never ends delays no alarm, and is one itself
once the term is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog

from contracts.encoding import b64u
from contracts.errors import ProofError
from contracts.proof.policy import TrustPolicy
from contracts.proof.tiles import ReadFile
from services.agency.office.awaited import Awaited, AwaitedRecords
from services.platform.keys.owners import read_owners
from services.platform.keys.policy_file import read_policy
from services.platform.ports import monotonic
from services.platform.process.clock import Clock
from services.platform.process.exit_codes import UnreachableError
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.process.side_by_side import until_one_ends
from services.platform.settings import AgencySettings
from services.platform.tree.log_mirror import FORKED, LogMirror, logs_of
from services.platform.tree.published_log import LogOverHttp, below, open_files

NOT_IN_LOG: Final = "record_not_in_log"
CONTRADICTED: Final = "mirror_contradicted"
NOT_FOLLOWED: Final = "log_not_followed"
MOST_NAMED: Final = 20  # records in one line of the log

log = structlog.get_logger("relais.agency")


@dataclass(slots=True)
class FollowedLog:
    """One partition's log, its mirror here, and what is awaited of it.

    Attributes:
        code: why it was not to be believed when it was looked at last; empty if it was.
        good_at: when it was, monotonic seconds; at first the start.
    """

    realm: str
    origin: str
    _folder: Path
    _policy: TrustPolicy
    _read: ReadFile
    awaited: AwaitedRecords = field(default_factory=AwaitedRecords)
    code: str = ""
    good_at: float = field(default_factory=monotonic)
    _mirror: LogMirror | None = None
    _stopping: bool = False

    def read(self, path: str) -> bytes:
        """A file of the log as it is published; nothing more once it was asked to stop.

        Raises:
            UnreachableError: `log_not_there`.
        """
        if self._stopping:
            raise UnreachableError("log_not_there", "this service stops", "a later look")
        return self._read(path)

    def stop(self) -> None:
        """Ask for nothing more."""
        self._stopping = True

    def look(self, fresh: dict[bytes, bytes], before: int) -> None:
        """Bring the mirror up to date, and look for what is awaited."""
        try:
            if self._mirror is None:
                self._mirror = LogMirror(self._folder, self.origin, self._policy)
            self._mirror.update(self.read)
            self.awaited.search(self._mirror, fresh, before)
        except (UnreachableError, ProofError) as error:
            self._doubt(error.code, fresh)
        except OSError:
            self.close()
            self._doubt("mirror_unusable", fresh)
        else:
            self.code, self.good_at = "", monotonic()

    def _doubt(self, code: str, fresh: dict[bytes, bytes]) -> None:
        """It is not to be believed, which is said once; what was awaited is awaited still."""
        if code != self.code:
            log.warning("log not believed", code=code, log=self.origin)
        self.code = code
        self.awaited.again(fresh)

    def close(self) -> None:
        """Close the mirror."""
        if self._mirror is not None:
            self._mirror.close()
            self._mirror = None


class LogCheck:
    """Follows logs, and tells what must not be.

    Attributes:
        partitions: of each realm, once that is known; of as many the logs are to be followed.

    Args:
        term_s: how long a record may take to stand in the log, and a log to be believed again.
        look_s: between two looks.
        connections: by which the logs are read, closed with this.
    """

    def __init__(
        self, logs: Sequence[FollowedLog], clock: Clock, metrics: Metrics, health: ServiceHealth,
        term_s: float, look_s: float, connections: Sequence[LogOverHttp] = (),
    ) -> None:  # fmt: skip
        self.partitions: Mapping[str, int] = {}
        self._logs, self._connections = logs, connections
        self._clock = clock
        self._metrics, self._health = metrics, health
        self._term_s, self._look_s = term_s, look_s
        self._threads = {each.realm: ThreadPoolExecutor(1, "log-check") for each in logs}
        self._told: set[bytes] = set()  # leaves that were named in a line of the log

    @property
    def awaited(self) -> Awaited:
        """Where inboxes say what they were told."""
        return {(each.realm, _number(each.origin)): each.awaited for each in self._logs}

    async def run(self) -> None:
        """Look for ever, and tell for ever, neither waiting for the other."""
        await until_one_ends(self._telling(), *(self._follow(realm) for realm in self._threads))

    async def look(self) -> None:
        """Look once at each log, and tell what there is."""
        for realm in self._threads:
            await self._look(realm)
        self.tell()

    def tell(self) -> None:
        """Tell what there is, by the looks that have ended."""
        for realm in self._threads:
            self._tell(realm, [each for each in self._logs if each.realm == realm])

    async def _telling(self) -> None:
        while True:
            self.tell()
            await asyncio.sleep(self._look_s)

    async def _follow(self, realm: str) -> None:
        while True:
            await self._look(realm)
            await asyncio.sleep(self._look_s)

    async def _look(self, realm: str) -> None:
        """Look once at each log of a realm, one after another."""
        loop, before = asyncio.get_running_loop(), int(self._clock.now() - self._term_s)
        for each in self._logs:
            if each.realm == realm:
                fresh = each.awaited.fresh()
                await loop.run_in_executor(self._threads[realm], each.look, fresh, before)

    def close(self) -> None:
        """Let what is in hand end, and close all mirrors."""
        for each in self._logs:
            each.stop()
        for thread in self._threads.values():
            thread.shutdown(cancel_futures=True)
        for each in self._logs:
            each.close()
        for connection in self._connections:
            connection.close()

    def _tell(self, realm: str, logs: Sequence[FollowedLog]) -> None:
        late = monotonic() - self._term_s
        missing = [leaf for each in logs for leaf in (*each.awaited.missing, *each.awaited.denied)]
        counts = {
            NOT_IN_LOG: len(missing),
            CONTRADICTED: sum(each.code == FORKED for each in logs),
            NOT_FOLLOWED: max(self.partitions.get(realm, 0) - len(logs), 0)
            + sum(each.good_at < late for each in logs),
        }
        for code, count in counts.items():
            warning = f"{code}_{realm}"
            if count and warning not in self._health.warnings:
                log.error("log and inbox differ", realm=realm, code=code, count=count)
            (self._health.warnings.add if count else self._health.warnings.discard)(warning)
            self._metrics.log_check.labels(realm, code).set(count)
        if new := [leaf for leaf in missing if leaf not in self._told][:MOST_NAMED]:
            self._told |= set(new)
            log.error("not in the log", realm=realm, code=NOT_IN_LOG, records=[*map(b64u, new)])


def _number(origin: str) -> int:
    return int(origin.rpartition("-")[2])


def log_check_of(settings: AgencySettings, metrics: Metrics, health: ServiceHealth) -> LogCheck:
    """What follows the logs: none without an address or, and this is told, without a policy.

    Raises:
        UsageError: the owners' file cannot be read.
    """
    places = {realm: settings.logs[realm] for realm in settings.realms if realm in settings.logs}
    if not places:
        log.warning("no log is followed", expected="RELAIS_LOGS")
    logs, connections = list[FollowedLog](), list[LogOverHttp]()
    for realm, place in places.items():
        policy = _policy(settings, realm)
        if policy is None:
            health.warnings.add(f"{NOT_FOLLOWED}_{realm}")
            metrics.log_check.labels(realm, NOT_FOLLOWED).set(1)
            continue
        files = open_files(place)
        logs += _followed(settings, realm, files.read, policy)
        connections += [files] if isinstance(files, LogOverHttp) else []
    return LogCheck(
        logs, settings.clock(), metrics, health, settings.log_term_s, settings.log_look_s,
        connections,
    )  # fmt: skip


def _policy(settings: AgencySettings, realm: str) -> TrustPolicy | None:
    """A realm's policy; None, told of, without one to be believed."""
    try:
        policy = read_policy(settings.home, realm, read_owners(settings.home))
        code = "no_policy"
    except ProofError as error:
        policy, code = None, error.code
    if policy is None:
        log.error("no log is followed", realm=realm, code=code)
    return policy


def _followed(
    settings: AgencySettings, realm: str, read: ReadFile, policy: TrustPolicy
) -> list[FollowedLog]:
    """Each log of a realm that the policy names."""
    kept = settings.state_dir / f"mirror-{settings.agency}"
    return [
        FollowedLog(realm, origin, kept / name, policy, below(read, name))
        for name, origin in logs_of(policy, realm).items()
    ]

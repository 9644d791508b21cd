"""A realm's heads and witnesses: what a quorum cosigned is published, the rest told.

The log is followed and signed whatever the witnesses do. `checkpoint` is the last head that the
quorum has cosigned, or, when all have answered or two seconds have passed, one that it has not:
then the gauge `relais_checkpoint_unwitnessed` is 1 and `/ready` warns, until the quorum has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

import structlog

from contracts.errors import ProofError
from contracts.proof.checkpoint import Checkpoint
from contracts.proof.policy import TrustPolicy
from services.audit.tree.cosigning import AHEAD, HeadCosigning, Post
from services.audit.tree.log_folder import LogFolder
from services.platform.patience import patient
from services.platform.ports import monotonic
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth

AGAIN_S: Final = 2.0  # until a head that was not cosigned is handed out once more
MISSED_S: Final = 60.0  # … if it has its quorum: a witness that was away may have come back
FIRST_S: Final = 60.0  # after a start, within which witnesses may start too
UNWITNESSED: Final = "checkpoint_unwitnessed"

log = structlog.get_logger("relais.audit")


class RealmWitnessing:
    """Hands out the heads of a realm's logs, of each log one at a time."""

    def __init__(
        self, realm: str, policy: TrustPolicy, post: Post, metrics: Metrics, health: ServiceHealth
    ) -> None:
        self._realm = realm
        self._policy = policy
        self._post = post
        self._metrics = metrics
        self._health = health
        metrics.quorum.labels(realm).set(policy.least)
        self._asked: dict[int, Checkpoint] = {}  # of each log the head that was handed out last
        self._asking: dict[int, asyncio.Task[None]] = {}
        self._cosigning: dict[int, HeadCosigning] = {}
        self._again: dict[int, float] = {}  # partition → when its head is due again
        self._unwitnessed: set[int] = set()
        self._named: set[int] = set()  # of these, whose missing witnesses the log names
        self._quiet_until = monotonic() + patient(FIRST_S)
        self._ahead: set[str] = set()

    def look(self, folders: Mapping[int, LogFolder]) -> None:
        """Begin with each head that is new, or due again, and whose log waits for nobody."""
        for number, folder in folders.items():
            task = self._asking.get(number)
            if folder.head is None or (task is not None and not task.done()):
                continue
            due = self._again.get(number, float("inf")) <= monotonic()
            if due or self._asked.get(number) != folder.head:
                self._asked[number] = folder.head
                self._asking[number] = asyncio.create_task(self._ask(number, folder))

    def close(self) -> None:
        """Ask no more."""
        for task in self._asking.values():
            task.cancel()

    async def _ask(self, number: int, folder: LogFolder) -> None:
        """Hand out a head, and whatever was signed meanwhile: a record waits for one look less."""
        await self._ask_once(number, folder)
        while folder.head is not None and folder.head != self._asked[number]:
            self._asked[number] = folder.head
            await self._ask_once(number, folder)

    async def _ask_once(self, number: int, folder: LogFolder) -> None:
        cosigning = self._cosigning.setdefault(number, HeadCosigning(self._policy, self._post))
        self._again[number] = monotonic() + AGAIN_S
        try:
            asked = await cosigning.ask(folder.signed, folder.subtree())
            folder.show(asked.note)
        except (OSError, ProofError) as error:  # its own files: what grows it tells of them
            log.warning("head not cosigned", partition=number, why=str(error))
            self._tell(number, met=False, missing={})
            return
        for name in set(asked.ahead) - self._ahead:
            self._ahead.add(name)
            self._metrics.alarms.labels(AHEAD).inc()
            log.error(
                "a witness has cosigned a longer log",
                partition=number, witness=name, code=AHEAD,
            )  # fmt: skip
        self._tell(number, met=asked.met, missing=asked.missing)

    def _tell(self, number: int, *, met: bool, missing: Mapping[str, int]) -> None:
        """Say once that a log's head stands alone, and once that it does not any more."""
        self._metrics.unwitnessed.labels(self._realm, str(number)).set(not met)
        have = len(self._policy.witnesses) - len(missing)
        self._metrics.cosignatures.labels(self._realm, str(number)).set(have)
        (self._unwitnessed.discard if met else self._unwitnessed.add)(number)
        if met and missing:
            self._again[number] = monotonic() + MISSED_S
        elif met:
            self._again.pop(number, None)
        self._name_missing(number, missing, met=met)
        warn = self._health.warnings.add if self._unwitnessed else self._health.warnings.discard
        warn(f"{UNWITNESSED}_{self._realm}")

    def _name_missing(self, number: int, missing: Mapping[str, int], *, met: bool) -> None:
        """Name them in a line of the log, and once more when there are enough again."""
        facts = {"partition": number, "missing": dict(missing)}
        if met and number in self._named:
            self._named.remove(number)
            log.info("head cosigned", **facts)
        elif not met and number not in self._named and monotonic() >= self._quiet_until:
            self._named.add(number)
            log.warning("head not cosigned by its quorum", **facts)

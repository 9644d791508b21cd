"""An agency as witness of the log (proof §5.2): cosigned is on the disk, then answered.

The note that it has cosigned last is served, and lies in the agency's memory. Another of that size,
which the log signed too, is served beside it, and is a file for people to look at:

    witness-<agency>/<SHA-256 of the origin>.contradiction

Both are read anew for each request, in one step of the memory, so that check and store are one,
whoever is killed and however many run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from contracts.errors import ProofError
from contracts.proof.note_keys import NoteKey, NoteSigner, SignatureKind, open_note
from contracts.proof.policy import TrustPolicy
from contracts.proof.witness import TWO_HISTORIES, WitnessAnswer, Witnessed, answered, log_id
from contracts.vocabulary.scopes import REALMS
from services.platform.keys import keystore
from services.platform.keys.owners import read_owners
from services.platform.keys.policy_file import read_policy
from services.platform.process.clock import Clock
from services.platform.process.durable_file import make_folder_durably, write_durably
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.settings import AgencySettings
from services.platform.store.memory import Memory

CONTRADICTION: Final = "contradiction"

log = structlog.get_logger("relais.agency")
NO_WITNESS: Final = "no_witness"  # the code of a warning


class LogWitness:
    """An agency's witness.

    Args:
        folder: where it keeps another history; made at need.
        memory: keeps what it has cosigned.
        logs: origin → keys of the logs that it knows.
        clock: says when it cosigned.
    """

    def __init__(
        self, folder: Path, memory: Memory, signer: NoteSigner,
        logs: Mapping[str, Sequence[NoteKey]], clock: Clock,
    ) -> None:  # fmt: skip
        self._folder = folder
        self.memory = memory
        self._signer = signer
        self._logs = logs
        self._clock = clock
        self._origins = {log_id(origin): origin for origin in logs}
        self._tell: Callable[[], None] = lambda: None

    def watch(self, metrics: Metrics, health: ServiceHealth) -> None:
        """Tell of logs that have shown two histories: now, and as soon as one does."""

        def tell() -> None:
            shown = sorted(self.contradicted())
            metrics.two_histories.set(len(shown))
            if shown:
                health.warnings.add(TWO_HISTORIES)
                log.error("two histories of a log", code=TWO_HISTORIES, logs=shown)

        self._tell = tell
        tell()

    def contradicted(self) -> list[str]:
        """Origins of the logs that it cosigns no more."""
        return [origin for name, origin in self._origins.items() if self._path(name).exists()]

    def contradictions(self) -> list[Witnessed]:
        """Both notes of each log that it cosigns no more.

        Raises:
            OSError: they cannot be read.
        """
        rows = self.memory.read()
        return [
            Witnessed(rows.get(_cosigned(name), b""), other)
            for name in self._origins
            if (other := _read(self._path(name)))
        ]

    def add(self, body: bytes) -> WitnessAnswer:
        """Answer a request, once what it changes is kept.

        Raises:
            OSError, ProofError: what is kept cannot be read, or not be written: there is no answer.
        """
        with self.memory.changing() as rows:
            kept = partial(self._kept, rows)
            answer = answered(body, self._logs, kept, self._signer, self._clock.now())
            if answer.kept is not None:
                self._keep(rows, log_id(answer.origin), answer.kept)
        if answer.code == TWO_HISTORIES and answer.kept is not None:
            self._tell()
        return answer

    def checkpoint(self, name: str) -> bytes | None:
        """The last checkpoint that it cosigned of a log, None if there is none.

        Args:
            name: `log_id` of the log's origin; of one that it does not know there is none.

        Raises:
            OSError: it cannot be read.
        """
        return self.memory.get(_cosigned(name)) or None if name in self._origins else None

    def _kept(self, rows: Mapping[str, bytes], origin: str) -> Witnessed:
        """What is kept of a log, if it is what was written."""
        name = log_id(origin)
        kept = Witnessed(rows.get(_cosigned(name), b""), _read(self._path(name)))
        if kept.cosigned:
            open_note(kept.cosigned, [self._signer.key, *self._logs[origin]])
        return kept

    def _keep(self, rows: dict[str, bytes], name: str, kept: Witnessed) -> None:
        if kept.contradiction:
            make_folder_durably(self._folder)
            write_durably(self._path(name), kept.contradiction)
        else:
            rows[_cosigned(name)] = kept.cosigned

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.{CONTRADICTION}"


def _cosigned(name: str) -> str:
    return f"witness/{name}"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def witness_of(
    settings: AgencySettings, memory: Memory, clock: Clock, metrics: Metrics, health: ServiceHealth
) -> LogWitness | None:
    """The agency's witness; None, told of, if no policy is there or none that may be believed.

    An agency's own work goes on without: what is missing then is a cosignature.

    Raises:
        UsageError: its key cannot be read.
    """
    try:
        owners = read_owners(settings.home)
        policies = [read_policy(settings.home, realm, owners) for realm in REALMS]
        signer = _signer(settings, [policy for policy in policies if policy is not None])
    except ProofError as error:
        log.warning("no witness", code=error.code)
        health.warnings.add(NO_WITNESS)
        return None
    logs: dict[str, list[NoteKey]] = {}
    for key in (key for policy in policies if policy is not None for key in policy.logs):
        logs.setdefault(key.name, []).append(key)
    folder = settings.state_dir / f"witness-{settings.agency}"
    witness = LogWitness(folder, memory, signer, logs, clock)
    witness.watch(metrics, health)
    return witness


def _signer(settings: AgencySettings, policies: Sequence[TrustPolicy]) -> NoteSigner:
    """The agency's own key, which all policies name."""
    named = [policy.witnesses.get(settings.agency) for policy in policies]
    if not named or (key := named[0]) is None or any(other != key for other in named):
        raise ProofError("not_in_policy", "no key", "one key of this agency in each policy")
    seed = keystore.witness_secret(settings.keys_dir, settings.agency)
    signer = NoteSigner(key.name, SignatureKind.COSIGNATURE, seed)
    if signer.key != key:
        raise ProofError("witness_key_differs", "another key", "the policy's")
    return signer

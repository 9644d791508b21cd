"""A log's head, handed to all its witnesses at once, for two seconds (proof §5.3)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from contracts.errors import ProofError
from contracts.proof.checkpoint import Checkpoint, parse_checkpoint
from contracts.proof.note import NoteSignature, SignedNote, decimal, parse_note
from contracts.proof.note_keys import open_note
from contracts.proof.policy import TrustPolicy
from contracts.proof.tree import Subtree, consistency_path
from contracts.proof.witness import CONFLICT, GOOD, request_of

WAIT_S: Final = 2.0  # for the quorum
GRACE_S: Final = 0.2  # for the others, once there is one
AHEAD: Final = "log_behind_witness"  # a witness has cosigned more than there is
NO_ANSWER: Final = 0  # in place of a status

Post = Callable[[str, bytes], Awaitable[tuple[int, bytes]]]  # witness, body → status, body


@dataclass(frozen=True, slots=True)
class WitnessedHead:
    """A head as far as it was cosigned.

    Attributes:
        note: the checkpoint, signed by the log and by those witnesses that answered.
        met: whether they are the policy's quorum.
        missing: witness → what it said, of those that did not cosign; 0: nothing in time.
        ahead: witnesses that have cosigned a longer log.
    """

    note: bytes
    met: bool
    missing: dict[str, int]
    ahead: tuple[str, ...]


@dataclass
class HeadCosigning:
    """One log's witnesses.

    Args:
        policy: names them.
        post: sends a witness a request; it raises nothing.

    Attributes:
        sizes: witness → entries of the tree that it cosigned last, as far as it said.
    """

    policy: TrustPolicy
    post: Post
    sizes: dict[str, int] = field(default_factory=dict)

    async def ask(self, data: bytes, subtree: Subtree) -> WitnessedHead:
        """Ask them all to cosign a head.

        Args:
            data: the checkpoint, signed by the log.
            subtree: tells the hash over a range of its tree's entries.
        """
        note = parse_note(data)
        round_ = _Round(self, note, parse_checkpoint(note.text), subtree)
        lines = await round_.run()
        names = [name for name in self.policy.witnesses if name in lines]
        signatures = (*note.signatures, *(lines[name] for name in names))
        missing = {
            name: round_.statuses.get(name, NO_ANSWER)
            for name in self.policy.witnesses
            if name not in lines
        }
        whole = SignedNote(note.text, signatures).data
        return WitnessedHead(whole, self.policy.is_met(names), missing, tuple(round_.ahead))


@dataclass
class _Round:
    """One head, and what its witnesses said to it."""

    asked: HeadCosigning
    note: SignedNote
    head: Checkpoint
    subtree: Subtree
    statuses: dict[str, int] = field(default_factory=dict)
    ahead: list[str] = field(default_factory=list)

    async def run(self) -> dict[str, NoteSignature]:
        """Witness → its line, of those that cosigned in time."""
        policy, clock = self.asked.policy, asyncio.get_running_loop()
        asked = [asyncio.create_task(self._ask(name), name=name) for name in policy.witnesses]
        pending = set(asked)
        lines: dict[str, NoteSignature] = {}
        until = clock.time() + WAIT_S
        try:
            while pending and clock.time() < until:
                done, pending = await asyncio.wait(
                    pending, timeout=until - clock.time(), return_when=asyncio.FIRST_COMPLETED
                )
                lines |= _lines(done)
                if policy.is_met(lines):
                    until = min(until, clock.time() + GRACE_S)
        finally:
            for task in pending:
                task.cancel()
            # so that none fails with nobody to hear it
            await asyncio.gather(*asked, return_exceptions=True)
        return lines

    async def _ask(self, name: str) -> NoteSignature | None:
        """A witness's line; where it stands elsewhere than was thought, it is asked once more.

        Of one that claimed more than there is, each head asks anew: it may have been wrong.
        """
        sizes = self.asked.sizes
        for _attempt in range(2):
            old = min(sizes.get(name, 0), self.head.size)
            body = request_of(old, consistency_path(old, self.head.size, self.subtree), self.data)
            status, answer = await self.asked.post(name, body)
            self.statuses[name] = status
            if status == GOOD:
                return self._cosigned(name, answer)
            if status != CONFLICT:
                return None
            try:
                sizes[name] = decimal(answer.decode("ascii", "replace").rstrip("\n"), name)
            except ProofError:
                return None
            if sizes[name] > self.head.size:
                self.ahead.append(name)
                return None
        return None

    @property
    def data(self) -> bytes:
        """The checkpoint as the log has signed it."""
        return self.note.data

    def _cosigned(self, name: str, answer: bytes) -> NoteSignature | None:
        """What a witness answered, if it is its own signature of this head."""
        key = self.asked.policy.witnesses[name]
        try:
            _note, good = open_note(self.note.text + b"\n" + answer, [key])
        except ProofError:
            return None
        self.asked.sizes[name] = self.head.size
        return good[0][1]


def _lines(done: Iterable[asyncio.Task[NoteSignature | None]]) -> dict[str, NoteSignature]:
    return {task.get_name(): line for task in done if (line := task.result()) is not None}

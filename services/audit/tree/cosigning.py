"""A log's head, handed to all its witnesses at once, for two seconds (proof §5.3)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
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


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a witness said: a status, its line if it cosigned, whether it knows a longer log."""

    status: int = NO_ANSWER
    line: NoteSignature | None = None
    is_ahead: bool = False


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
        answers = await self._answers(note, subtree)
        lines = {name: answer.line for name, answer in answers.items() if answer.line is not None}
        missing = {name: answer.status for name, answer in answers.items() if name not in lines}
        whole = SignedNote(note.text, (*note.signatures, *lines.values())).data
        ahead = tuple(name for name, answer in answers.items() if answer.is_ahead)
        return WitnessedHead(whole, self.policy.is_met(lines), missing, ahead)

    async def _answers(self, note: SignedNote, subtree: Subtree) -> dict[str, _Answer]:
        """Witness → what it answered in time, in the policy's order."""
        clock = asyncio.get_running_loop()
        asked = {
            name: asyncio.create_task(self._ask(name, note, subtree))
            for name in self.policy.witnesses
        }
        pending, until = set(asked.values()), clock.time() + WAIT_S
        try:
            while pending and clock.time() < until:
                _done, pending = await asyncio.wait(
                    pending, timeout=until - clock.time(), return_when=asyncio.FIRST_COMPLETED
                )
                met = [name for name, task in asked.items() if task.done() and task.result().line]
                if self.policy.is_met(met):
                    until = min(until, clock.time() + GRACE_S)
        finally:
            for task in pending:
                task.cancel()
            # so that none fails with nobody to hear it
            await asyncio.gather(*asked.values(), return_exceptions=True)
        return {
            name: _Answer() if task.cancelled() else task.result() for name, task in asked.items()
        }

    async def _ask(self, name: str, note: SignedNote, subtree: Subtree) -> _Answer:
        """A witness's answer; where it stands elsewhere than was thought, it is asked once more.

        Of one that claimed more than there is, each head asks anew: it may have been wrong.
        """
        head, status = parse_checkpoint(note.text), NO_ANSWER
        for _attempt in range(2):
            old = min(self.sizes.get(name, 0), head.size)
            body = request_of(old, consistency_path(old, head.size, subtree), note.data)
            status, answer = await self.post(name, body)
            if status == GOOD:
                return _Answer(status, self._cosigned(name, note, head, answer))
            if status != CONFLICT:
                break
            try:
                self.sizes[name] = decimal(answer.decode("ascii", "replace").rstrip("\n"), name)
            except ProofError:
                break
            if self.sizes[name] > head.size:
                return _Answer(status, is_ahead=True)
        return _Answer(status)

    def _cosigned(
        self, name: str, note: SignedNote, head: Checkpoint, answer: bytes
    ) -> NoteSignature | None:
        """What a witness answered, if it is its own signature of this head."""
        try:
            _note, good = open_note(note.text + b"\n" + answer, [self.policy.witnesses[name]])
        except ProofError:
            return None
        self.sizes[name] = head.size
        return good[0][1]

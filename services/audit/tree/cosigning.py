"""A log's head, handed to all its witnesses at once, for two seconds (proof §5.3)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
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

        Raises:
            Exception: what `subtree` raises; nobody is asked any more then.
        """
        note, names = parse_note(data), self.policy.witnesses
        head, clock = parse_checkpoint(note.text), asyncio.get_running_loop()
        said, lines = dict.fromkeys(names, NO_ANSWER), dict[str, NoteSignature]()

        async def ask(name: str) -> None:
            said[name], line = await self._ask(name, note, head, subtree)
            if line is not None:
                lines[name] = line
            if self.policy.is_met(lines) and not limit.expired():
                limit.reschedule(min(limit.when() or 0, clock.time() + GRACE_S))

        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(WAIT_S) as limit, asyncio.TaskGroup() as group:
                    for name in names:
                        group.create_task(ask(name))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        cosigned = (lines[name] for name in names if name in lines)
        missing = {name: status for name, status in said.items() if name not in lines}
        return WitnessedHead(
            SignedNote(note.text, (*note.signatures, *cosigned)).data,
            self.policy.is_met(lines),
            missing,
            tuple(name for name in missing if self.sizes.get(name, 0) > head.size),
        )

    async def _ask(
        self, name: str, note: SignedNote, head: Checkpoint, subtree: Subtree
    ) -> tuple[int, NoteSignature | None]:
        """What a witness said, and its line; where it stands elsewhere it is asked once more.

        Of one that claimed more than there is, each head asks anew: it may have been wrong.
        """
        status = NO_ANSWER
        for _attempt in range(2):
            old = min(self.sizes.get(name, 0), head.size)
            body = request_of(old, consistency_path(old, head.size, subtree), note.data)
            status, answer = await self.post(name, body)
            if status == GOOD:
                return status, self._cosigned(name, note, head, answer)
            if status != CONFLICT:
                break
            try:
                self.sizes[name] = decimal(answer.decode("ascii", "replace").rstrip("\n"), name)
            except ProofError:
                break
            if self.sizes[name] > head.size:
                break
        return status, None

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

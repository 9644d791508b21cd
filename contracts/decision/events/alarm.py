"""ALARM: an agency, as witness, was shown two histories of a log (proof §5.2); to nobody.

It shares nothing, so no clause permits it and no convention has it. A router can tell that two
heads contradict each other, and not whose signatures they bear: that takes the owners' trust
policy, which whoever reads the log has.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from contracts.decision.outcome import PartialDecision
from contracts.decision.setting import Setting
from contracts.envelope.model import Cover
from contracts.errors import ProofError
from contracts.proof.checkpoint import Checkpoint, read_checkpoint
from contracts.proof.witness import TWO_HISTORIES
from contracts.vocabulary import reasons
from contracts.vocabulary.scopes import ALARM

# As `origin_of` makes it: it stands in findings, and holds nothing else.
_ORIGIN: Final = re.compile(r"relais\.[a-z0-9.-]{1,63}/[a-z]{1,16}-[0-9]{1,4}", re.ASCII)


def decide(setting: Setting) -> PartialDecision:
    """Recorded if its heads contradict each other; else refused, since it shows nothing."""
    if contradiction(setting.cover.histories or ()) is None:
        return PartialDecision(reasons=(reasons.NO_CONTRADICTION,))
    return PartialDecision(passed=True)


def raised(cover: Cover) -> list[str]:
    """The code of the alarm that an event raises, for who operates; none of any other event."""
    histories = cover.histories if cover.etype == ALARM else None
    return [TWO_HISTORIES] if histories and contradiction(histories) else []


def contradiction(notes: Sequence[str]) -> tuple[Checkpoint, Checkpoint] | None:
    """Two heads of one log and one size with two roots, whoever signed; None: they are not."""
    try:
        first, second = (read_checkpoint(note.encode()) for note in notes)
    except (ProofError, ValueError):  # no checkpoints, or not two of them
        return None
    if (first.origin, first.size) != (second.origin, second.size) or first.root == second.root:
        return None
    return (first, second) if _ORIGIN.fullmatch(first.origin) else None

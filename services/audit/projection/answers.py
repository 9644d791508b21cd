"""What is answered to who asks for a role: how far a realm was audited, and what was asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from contracts.decision.heirs import Heirs
from services.audit.following import Following
from services.audit.projection.convention import conventions_told
from services.audit.projection.entitled import Asked, sees_desks, sees_event
from services.audit.projection.event import Party, event_told, parties
from services.audit.projection.proof import Policies, proof_told
from services.platform.http.problems import ProblemError


class LogAnswers:
    """Answers from what realms' audits have read, and from what they published; from Kafka nothing is read.

    Args:
        following: of each realm, once it has begun.
        logs: folder in which the logs lie.
        now: the routers' clock, seconds.
        policies: whom to believe on a realm's published log.
    """

    def __init__(
        self,
        following: Sequence[Following],
        logs: Path,
        now: Callable[[], int],
        policies: Policies,
    ) -> None:
        self._following, self._logs, self._now = following, logs, now
        self._policies = policies

    def answer(self, realm: str, role: str, asked: Asked, event: str) -> dict[str, Any]:
        """The whole answer; whether an id is unknown or not the role's to see, `event` is None.

        Args:
            event: id; empty but where an event is asked for.

        Raises:
            ProblemError: 503 `not_begun`.
        """
        followed = next((each for each in self._following if each.realm == realm), None)
        if followed is None:
            raise ProblemError(503, "not_begun", "no state yet", "a try when the log was begun")
        told: Any
        if asked == "event":
            told = self._event(followed, role, event)
        elif asked == "duties":
            told = self._duties(followed, role)
        else:
            told = conventions_told(followed.registry, self._now())
        return {"place": _place(followed), asked: told}

    def _event(self, followed: Following, role: str, event: str) -> dict[str, Any] | None:
        """The same is looked up whether there is such an event or not, and whoever asks: one row."""
        lives = followed.lives
        row = lives.life(event) if lives is not None else None
        if lives is None or row is None or not sees_event(role, followed.realm, row["etype"]):
            return None
        party = self._party(followed, role, lives.heirs(row["sub"]))
        proof = proof_told(self._logs, followed.realm, row, self._policies)
        return {**event_told(lives, event, row, party), "proof": proof}

    def _duties(self, followed: Following, role: str) -> list[dict[str, Any]]:
        """What each desk owes, whose duty it is to know; of that, what it took over from desks that have ended."""
        if (lives := followed.lives) is None:
            return []
        party = self._party(followed, role, lives.heirs(""))
        return [
            {
                **party(owes.desk), "open": owes.open, "late": owes.late,
                "taken_over": [
                    {**party(urn), "open": opened, "late": late}
                    for urn, (opened, late) in owes.taken_over.items()
                ],
            }
            for owes in lives.desks()
        ]  # fmt: skip

    def _party(self, followed: Following, role: str, heirs: Heirs) -> Party:
        return parties(followed.registry, self._now(), heirs, desks=sees_desks(role))


def _place(followed: Following) -> dict[str, Any]:
    """How far a realm was audited, and whether rows of events are kept there."""
    return {
        "records": followed.records, "read": followed.read, "alarms": followed.alarms,
        "kept": followed.lives is not None,
    }  # fmt: skip

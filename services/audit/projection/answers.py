"""What is answered to who asks for a role: how far a realm was audited, and an event's life."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from services.audit.following import Following
from services.audit.projection.entitled import sees_desks, sees_event
from services.audit.projection.event import event_told, parties
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

    def answer(self, realm: str, role: str, event: str) -> dict[str, Any]:
        """The whole answer; whether an id is unknown or not the role's to see, `event` is None.

        Raises:
            ProblemError: 503 `not_begun`.
        """
        followed = next((each for each in self._following if each.realm == realm), None)
        if followed is None:
            raise ProblemError(503, "not_begun", "no state yet", "a try when the log was begun")
        place = {
            "records": followed.records, "read": followed.read, "alarms": followed.alarms,
            "kept": followed.lives is not None,
        }  # fmt: skip
        return {"place": place, "event": self._event(followed, role, event)}

    def _event(self, followed: Following, role: str, event: str) -> dict[str, Any] | None:
        """The same is looked up whether there is such an event or not, and whoever asks: one row."""
        lives = followed.lives
        row = lives.life(event) if lives is not None else None
        if lives is None or row is None or not sees_event(role, followed.realm, row["etype"]):
            return None
        heirs = lives.heirs(row["sub"])
        party = parties(followed.registry, self._now(), heirs, desks=sees_desks(role))
        proof = proof_told(self._logs, followed.realm, row, self._policies)
        return {**event_told(lives, event, row, party), "proof": proof}

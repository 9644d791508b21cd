"""How far a desk's webhooks are: tried, to be tried again, when (webhooks §5). Pure.

    inbox ──► tried once ──► taken
                  │ not taken: by its place in the inbox, `MOST` at a time
                  ▼
              tried again after 5 s … 24 h ──► given up after ten tries, if the receiver took others
                                               meanwhile; if it took none, webhooks stop and all of
                                               it waits for somebody

What is not tried yet is not here: it lies in the inbox behind a cursor. So ten thousand messages
that wait for a receiver cost no more than `MOST`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass, field, replace
from typing import Any, Final, Literal

from services.agency.office.inbox.cursor import Offsets
from services.agency.webhooks.post import Posted, PostResult

MOST: Final = 64  # messages that were tried and not taken
# Standard Webhooks: between two tries of one message, seconds.
DELAYS: Final = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
HOLD_S: Final = 5.0  # that a receiver which is away is left alone by all messages
LONGEST_S: Final = 86_400.0  # that a receiver may ask us to wait

# Why webhooks stop: it answered 410; it took nothing for as long as ten tries last.
Stopped = Literal["", "gone", "silent"]


@dataclass(frozen=True, slots=True)
class Retry:
    """A message that was tried and not taken.

    Attributes:
        since: when it was tried first, seconds.
        due: when it is tried again.
    """

    realm: str
    partition: int
    offset: int
    tries: int = 0
    since: float = 0
    due: float = 0


@dataclass(slots=True)
class WebhookProgress:
    """One desk's.

    Attributes:
        receiver: digest of the address that all of it is about.
        after: up to where the inbox was tried.
        held: until when nothing is tried.
        taken: when the receiver last took something.
        stopped: why nothing is tried any more; empty while it is.
        given_up: messages that were not taken in ten tries while others were.
    """

    receiver: str
    after: Offsets
    retries: list[Retry] = field(default_factory=list)
    held: float = 0
    taken: float = 0
    stopped: Stopped = ""
    given_up: int = 0

    def due(self, now: float) -> Retry | None:
        """What is to be tried again now."""
        ready = [retry for retry in self.retries if retry.due <= now]
        return min(ready, key=lambda retry: retry.due, default=None)

    @property
    def takes_new(self) -> bool:
        """Whether a message more may wait."""
        return len(self.retries) < MOST

    def next_at(self, now: float) -> float:
        """When to look again, if nothing new comes."""
        if self.held > now:
            return self.held
        return min((retry.due for retry in self.retries), default=math.inf)

    def tried(self, retry: Retry, posted: Posted, now: float) -> None:
        """Take note of what came of a try."""
        retry = self.over(retry)
        if posted.result is PostResult.TAKEN:
            if self.held:  # it is there again: what waited for it is due
                self.retries = [replace(retry, due=now) for retry in self.retries]
            self.held, self.taken = 0, now
            return
        wait = min(posted.wait_s, LONGEST_S)
        if posted.result is not PostResult.REFUSED:
            self.held = now + max(wait, HOLD_S)
        since, tries = (retry.since if retry.tries else now), retry.tries + 1
        if posted.result is PostResult.GONE:
            self.stopped = "gone"
        elif tries > len(DELAYS):
            if self.taken > since:
                self.given_up += 1
                return
            self.stopped = "silent"
        delay = DELAYS[min(tries, len(DELAYS)) - 1]
        place = retry.realm, retry.partition, retry.offset
        self.retries.append(Retry(*place, tries, since, now + max(delay, wait)))

    def over(self, retry: Retry) -> Retry:
        """A message waits no more; as it stood, for `resume` may have come while it was tried."""
        place = astuple(retry)[:3]
        if row := next((row for row in self.retries if astuple(row)[:3] == place), None):
            self.retries.remove(row)
        else:
            self.after[retry.realm, retry.partition] = retry.offset + 1
        return row or retry

    def resume(self) -> None:
        """Begin again, with ten tries for each message that waits."""
        self.stopped, self.held = "", 0
        self.retries = [replace(retry, tries=0, since=0, due=0) for retry in self.retries]

    def wire(self) -> dict[str, Any]:
        """What is kept of it."""
        after = [[*place, offset] for place, offset in self.after.items()]
        retries = [list(astuple(retry)) for retry in self.retries]
        return asdict(self) | {"after": after, "retries": retries}

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> WebhookProgress:
        """What `wire` wrote; of anything else KeyError, TypeError or ValueError."""
        after = {(realm, partition): offset for realm, partition, offset in kept["after"]}
        retries = [Retry(*row) for row in kept["retries"]]
        return cls(**{**kept, "after": after, "retries": retries})

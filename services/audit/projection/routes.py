"""What the audit service answers the console and `relais status`, by a secret a realm.

    GET  /projection/{realm}/quarantine   by code, outbox and issuer
    POST /projection/{realm}/event        {"event": "<id>", "role": "auditor"}

Both are told from what the replay adds up to: Kafka is not read, nothing of what was put aside is.
An event is asked for in a body, since an address stands in logs. Limits come before parsing, the
id's form before it is looked up. That an event was looked up is logged with SHA-256 of its id.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, Final

import structlog
from starlette.requests import Request
from starlette.responses import Response

from contracts.decision.state.shelves import LostRowError
from contracts.encoding import digest, parse_json
from contracts.errors import RelaisError
from contracts.log.replaying.finding import EVENT_ID
from contracts.vocabulary import topics
from contracts.vocabulary.schema import short
from services.agency.http.json_body import bounded_body
from services.audit.following import Following
from services.audit.projection.answers import ROLES, event_told, parties, sees_desks, sees_event
from services.audit.replay import RealmAudit
from services.platform.http.problems import ProblemError
from services.platform.http.responses import answer, problem_response
from services.platform.http.shared_secret import SharedSecrets
from services.platform.ports import monotonic

MOST_KEPT: Final = 20_000  # records in quarantine that are looked at
MOST_BYTES: Final = 512  # of a question
LOOK_UPS: Final = 120  # events in a minute, whoever asks: a stolen secret is no list of events
MINUTE_S: Final = 60.0

log = structlog.get_logger("relais.audit")


def groups(audit: RealmAudit) -> list[dict[str, Any]]:
    """What is to be ruled on: how many of each code, agency and issuer, and the oldest.

    `agency` is whose outbox it lay in, `desk` the short id of the issuer; empty: nobody knows.
    """
    prefix = topics.outbox(audit.realm, "")
    states = (replayer.settled() for replayer in audit.replayers)
    every = (kept for state in states if state is not None for kept in state.kept.values())
    arrived: dict[tuple[str, str, str], list[int]] = {}
    for kept in islice(every, MOST_KEPT):
        if not kept.released:
            agency = kept.outbox.removeprefix(prefix) if kept.outbox.startswith(prefix) else ""
            desk = short(kept.issuer) if kept.issuer else ""
            arrived.setdefault((kept.code, agency, desk), []).append(kept.first)
    return [
        {"code": code, "agency": agency, "desk": desk, "n": len(firsts), "oldest": min(firsts)}
        for (code, agency, desk), firsts in sorted(arrived.items())
    ]


class Projection:
    """Answers from what realms' audits have read.

    Args:
        following: of each realm, once it has begun.
        now: the routers' clock, seconds.

    Attributes:
        routes: to be served.
    """

    def __init__(
        self, secrets: SharedSecrets, following: Sequence[Following], now: Callable[[], int]
    ) -> None:
        self._following, self._now = following, now
        self._looked: deque[float] = deque(maxlen=LOOK_UPS)
        self.routes = [
            secrets.route("/projection/{realm}/quarantine", self._quarantine),
            secrets.route("/projection/{realm}/event", self._asked, "POST"),
        ]

    def _followed(self, request: Request) -> Following | None:
        realm = request.path_params["realm"]
        return next((each for each in self._following if each.realm == realm), None)

    async def _quarantine(self, request: Request) -> Response:
        followed = self._followed(request)
        if followed is None:
            return problem_response(
                ProblemError(404, "not_read_yet", "a service that starts", "/ready")
            )
        return answer({"groups": groups(followed.audit)})

    async def _asked(self, request: Request) -> Response:
        try:
            body = await bounded_body(request.headers, request.stream(), MOST_BYTES)
            role, event = _question(body)
            self._note(request.path_params["realm"], role, event)
            return answer(self._answer(self._followed(request), role, event))
        except LostRowError:  # the service ends, and begins anew
            return problem_response(ProblemError(503, "store_lost"))
        except (RelaisError, ProblemError) as error:
            return problem_response(error)

    def _answer(self, followed: Following | None, role: str, event: str) -> dict[str, Any]:
        """The whole answer.

        Raises:
            ProblemError: 503 `not_begun`.
        """
        if followed is None:
            raise ProblemError(503, "not_begun", "no state yet", "a try when the log was begun")
        place = {
            "records": followed.records, "read": followed.read, "alarms": followed.alarms,
            "kept": followed.lives is not None,
        }  # fmt: skip
        return {"place": place, "event": self._event(followed, role, event)}

    def _event(self, followed: Following, role: str, event: str) -> dict[str, Any] | None:
        """What is told of an event; None whether there is none or it is not the role's to see.

        It is the same look-up whoever asks: one row.
        """
        lives = followed.lives
        row = lives.life(event) if lives is not None else None
        if row is None or not sees_event(role, followed.realm, row["etype"]):
            return None
        return event_told(row, parties(followed.registry, self._now(), desks=sees_desks(role)))

    def _note(self, realm: str, role: str, event: str) -> None:
        """Log a look-up, if one more may be made.

        Raises:
            ProblemError: 429 `too_many_look_ups`.
        """
        now = monotonic()
        if len(self._looked) == LOOK_UPS and now - self._looked[0] < MINUTE_S:
            expected = f"at most {LOOK_UPS} in a minute"
            raise ProblemError(429, "too_many_look_ups", "more", expected)
        self._looked.append(now)
        log.info("looked up", realm=realm, role=role, about=digest(event))


def _question(body: bytes) -> tuple[str, str]:
    """Role, and the id of an event.

    Raises:
        EnvelopeError, ProblemError: it is none.
    """
    read = parse_json(body, limit=MOST_BYTES)
    members = read if isinstance(read, dict) else {}
    role, event = (str(members.get(name, "")) for name in ("role", "event"))
    if role not in ROLES or not EVENT_ID.fullmatch(event) or len(members) > 2:
        raise ProblemError(422, "question_malformed", "another question", "role, and an event's id")
    return role, event

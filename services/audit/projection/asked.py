"""`POST /projection/{realm}/event`: what the console may know of an event, for one role.

    {"event": "<id>", "role": "auditor"}

It is asked in a body, since an address stands in logs. Limits come before parsing, the id's form before it is
looked up. That an event was looked up is logged with SHA-256 of its id, as a READING names what it is about.
"""

from __future__ import annotations

import time
from collections import deque
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import Response

from contracts.decision.state.shelves import LostRowError
from contracts.encoding import digest, parse_json
from contracts.errors import RelaisError
from contracts.log.replaying.finding import EVENT_ID
from services.agency.http.json_body import bounded_body
from services.audit.projection.answers import LogAnswers
from services.audit.projection.entitled import ROLES
from services.platform.http.problems import ProblemError
from services.platform.http.responses import answer, problem_response
from services.platform.http.shared_secret import SharedSecrets

MOST_BYTES: Final = 512  # of what is asked
LOOK_UPS: Final = 120  # events in a minute, whoever asks: a stolen secret is no list of events
MINUTE_S: Final = 60.0

log = structlog.get_logger("relais.audit")


class AskedProjection:
    """Answers the console, by a secret a realm.

    Attributes:
        routes: to be served.
    """

    def __init__(self, secrets: SharedSecrets, answers: LogAnswers) -> None:
        self._answers = answers
        self._looked: deque[float] = deque(maxlen=LOOK_UPS)
        self.routes = [secrets.route("/projection/{realm}/event", self._asked, "POST")]

    async def _asked(self, request: Request) -> Response:
        realm = request.path_params["realm"]
        try:
            body = await bounded_body(request.headers, request.stream(), MOST_BYTES)
            role, event = _question(body)
            self._note(realm, role, event)
            return answer(self._answers.answer(realm, role, event))
        except LostRowError:  # the service ends, and begins anew
            return problem_response(ProblemError(503, "store_lost"))
        except (RelaisError, ProblemError) as error:
            return problem_response(error)

    def _note(self, realm: str, role: str, event: str) -> None:
        """Log a look-up, if one more may be made.

        Raises:
            ProblemError: 429 `too_many_look_ups`.
        """
        now = time.monotonic()
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

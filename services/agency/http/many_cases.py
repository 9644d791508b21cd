"""Giving many cases away in one request: each arrival is what a request of its own would be.

One after the other, as long as Kafka takes them; what was given by then stays given, and the same request goes on.
"""

from __future__ import annotations

from typing import Final

from contracts.errors import RelaisError
from services.agency.http.desk_request import Parts, passing_on, sent_by
from services.agency.office.requests.desk_request import DeskRequest
from services.agency.office.requests.entrusting import EntrustCasesRequest, key_once, waiting_for
from services.agency.office.responses.entrusting import CasesEntrusted, EntrustRefused
from services.agency.office.responses.sending import SendAnswer
from services.platform.http.problems import ProblemError
from services.platform.http.responses import problem_told

MOST: Final = 100  # arrivals passed on by one request, and refused in one
_LATER: Final = 503


async def entrust_cases(parts: Parts, desk: str, asked: EntrustCasesRequest) -> CasesEntrusted:
    """Give cases to one heir, with what the desk was sent on them.

    Raises:
        ProblemError: 409 `not_ending`; 422 `not_heir`; 503.
    """
    to, now = asked.to.lower(), parts.clock.now()
    waiting = waiting_for(parts.office.view(desk), to, frozenset(asked.cases), now)
    steps = [(one.case, event) for one in waiting for event in one.events or ("",)]
    events: list[str] = []
    refused: list[EntrustRefused] = []
    for case, event in steps:
        if MOST in (len(events), len(refused)):
            break
        try:
            events += (await _given(parts, desk, to, case, event)).events
        except (ProblemError, RelaisError) as error:
            problem, _ = problem_told(error)
            if problem.status == _LATER:
                raise
            refused.append(EntrustRefused(case=case, event=event or None, code=problem.code))
    untried = len(events) + len(refused) < len(steps)
    more = untried and bool(events)  # else the same request would come no further
    return CasesEntrusted(desk=desk, to=to, events=tuple(events), refused=tuple(refused), more=more)


async def _given(parts: Parts, desk: str, to: str, case: str, event: str) -> SendAnswer:
    """What a request for this arrival alone is answered; without one, the case is given alone."""
    body = {"to": to}
    if event:
        return await sent_by(parts, await passing_on(parts, desk, event, body))
    key = key_once(parts.office.view(desk), case, "", to)
    return await sent_by(parts, DeskRequest(desk, "entrust_case", body, case, key))

"""The tested agency's publisher: reads what a record's reference asks for, and is the service's own else."""

from __future__ import annotations

from typing import Final

from contracts.encoding import digest
from services.agency.http.interface.problem_codes import CODES
from services.agency.loops.publisher import Publisher
from services.agency.office.requests.desk_request import DeskRequest
from services.agency.office.requests.pressure import later
from services.agency.office.responses.sending import SendAnswer
from services.platform.http.problems import ProblemError, kafka_unreachable
from services.platform.process.clock import Clock
from services.sandbox.broken_answers import ANSWERS, befall
from services.sandbox.faults import FaultyFederation
from services.sandbox.faults_file import FaultRules
from services.sandbox.pump import MemoryKafka
from services.sandbox.steering import steering_of

AGAIN: Final = (429, 503)  # statuses that say when to come again
AGAIN_S: Final = 1


class SteeredPublisher(Publisher):
    """Publishes as every agency does, and lets befall a case what its steering says.

    Args:
        rules: of records that say nothing themselves.
    """

    def __init__(
        self, federation: FaultyFederation, kafka: MemoryKafka, clock: Clock, rules: FaultRules
    ) -> None:
        super().__init__(federation.offices[federation.tested], kafka, clock)
        self._federation = federation
        self._rules = rules
        self._met: set[tuple[str, str]] = set()

    async def publish(self, request: DeskRequest) -> SendAnswer:
        """As every agency's, but once for what is to be refused or not answered.

        Raises:
            ProblemError: `code_unknown`: the reference has a word that is in no table.
        """
        if request.kind != "record":
            return await super().publish(request)
        asked = (request.desk, digest(request.digestible))
        first = asked not in self._met
        steering = steering_of(request.body.get("reference"))
        if steering is None and first:
            steering = self._rules.steering(request)
        self._met.add(asked)
        if steering is None:
            return await super().publish(request)
        if first and (code := steering.words.get("problem")):
            raise _problem(code)
        how = steering.words.get("answer", "") if first else ""
        if how:
            befall(how)
        if how and not ANSWERS[how].taken:
            raise kafka_unreachable()
        self._federation.steer(request, steering)
        answer = await super().publish(request)
        if first and "unanswered" in steering:
            raise kafka_unreachable()
        return answer


def _problem(code: str) -> ProblemError:
    status = CODES[code].status
    if status in AGAIN:
        return later(status, code, "steered so", AGAIN_S)
    return ProblemError(status, code, "steered so", "the same request once more")

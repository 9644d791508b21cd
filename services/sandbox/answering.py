"""The sandbox's other desks, which answer by themselves what the tested agency sends them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import structlog

from contracts.errors import RelaisError
from contracts.log.orders.registry import Registry
from contracts.log.routing.partition_router import RouterKeys
from contracts.vocabulary.schema import realm_of
from contracts.vocabulary.scopes import OUTCOME_CODES
from services.agency.office.inbox.inbox_fold import Said
from services.agency.office.requests.desk_request import DeskRequest
from services.platform.http.problems import ProblemError
from services.sandbox.memory_federation import MemoryFederation, Now, Random
from services.sandbox.steering import UNSTEERED, Steering

ACK: Final = "ACK:"
LATE_S: Final = 3600  # after a term, whoever answers late
TAKEN_BACK_S: Final = 1  # after it was sent: only what was delivered can be taken back
PROSECUTOR: Final = "parq-civ"
CRIP: Final = "crip"
ASE: Final = "ase"
ASKED: Final = ("edu-s", "pmi")  # desks that R14 and R15 let the CRIP ask
QUESTIONS: Final[Mapping[str, Any]] = {
    "kind": "contribution_request",
    "child": {"first_name": "Exemple", "birth_date": "2012-03-04", "sex": "female"},
    "questions": ["attendance", "change_of_behaviour"],
    "told": {"parents": "told", "minor": "told"},
}

Act = Callable[[], object]

log = structlog.get_logger("relais.sandbox")


class AnsweringDesks(MemoryFederation):
    """A federation whose desks do at once what the convention asks of them, but those that are tested.

    Attributes:
        tested: the agency whose desks somebody else plays.
        steered: case token -> what is to befall the case.
    """

    def __init__(
        self,
        registries: Mapping[str, Registry],
        keys: Callable[[str], RouterKeys],
        clock: Now,
        random: Random,
    ) -> None:
        super().__init__(registries, keys, clock, random)
        self.tested = ""
        self.steered: dict[str, Steering] = {}
        self._planned: list[tuple[int, Act]] = []

    def steer(self, request: DeskRequest, steering: Steering) -> None:
        """Note what befalls a record's case, on each bus that it may go to."""
        agency, case = self.office(request.desk).agency, request.body.get("case")
        for realm in agency.realms:
            told = str(case or request.body.get("reference"))
            self.steered[agency.case_token(realm, request.desk, told)] = steering
        if case:
            self.steered[str(case)] = steering

    def heard(self, desk: str, said: Said | None) -> None:
        """Plan what the receipt of a delivery says that is owed, and what the case's steering adds."""
        if said is None or "slip" not in said:
            return
        iss, jti, etype, case, _purpose = said["slip"]
        steering = self.steered.get(case, UNSTEERED)
        if "silent" in steering:
            return
        event = self.office(desk).view(desk).names.of(jti, case, realm_of(iss))
        owed = [duty for duty in said["receipt"]["due"] if duty["act"].startswith(ACK)]
        stages = [duty["act"].removeprefix(ACK).partition("|")[0] for duty in owed]
        at = max((duty["due"] for duty in owed), default=0) + LATE_S if "late" in steering else 0
        if etype != "ACK" and "stage" in steering:
            stages.append(steering.words["stage"])
        for stage in dict.fromkeys(stages):
            self.plan(at, DeskRequest(desk, "acknowledge", {"stage": stage}, event))
        if iss.endswith(self._own):
            self._further(desk, event, case, steering, at)

    @property
    def _own(self) -> tuple[str, ...]:
        return tuple(f":{desk}" for desk in self.offices[self.tested].agency.desks)

    def _further(self, desk: str, event: str, case: str, steering: Steering, at: int) -> None:
        """What a desk does of itself with an event of the tested agency."""
        gives = desk in (CRIP, PROSECUTOR)
        if gives and ("outcome" in steering or "withdrawn" in steering):
            code = steering.words.get("outcome", OUTCOME_CODES[0])
            self.plan(at, DeskRequest(desk, "outcome", {"code": code}, event), steering)
        if desk == CRIP and "asks" in steering:
            asked = [name for name in self.offices[self.tested].agency.desks if name in ASKED]
            record = {**QUESTIONS, "case": case, "to": asked}
            self.plan(at, DeskRequest(desk, "record", record), steering)

    def plan(self, at: int, request: DeskRequest, steering: Steering = UNSTEERED) -> None:
        """Let a desk ask something of its office at an instant, as `ask`."""
        self.later(at, lambda: self.ask(request, steering))

    def later(self, at: int, act: Act) -> None:
        """Do something at an instant, once everybody has read what there is by then."""
        self._planned.append((at, act))

    def ask(self, request: DeskRequest, steering: Steering = UNSTEERED) -> Sequence[str]:
        """Let a desk ask something of its office now: the events; if steered so, it takes them back.

        Raises:
            ProblemError, RelaisError: as `request`.
        """
        events = self.request(request).events
        for event in events if "withdrawn" in steering else ():
            again = DeskRequest(request.desk, "withdraw", {}, event)
            self.plan(self._clock.now() + TAKEN_BACK_S, again)
        return events

    def act(self) -> bool:
        """Do what is planned by now; whether there was anything."""
        now = self._clock.now()
        due = [act for at, act in self._planned if at <= now]
        self._planned = [plan for plan in self._planned if plan[0] > now]
        for act in due:
            try:
                act()
            except (RelaisError, ProblemError) as error:
                log.warning("not answered", code=error.code, error=str(error))
            except Exception:
                log.exception("not answered")
        return bool(due)

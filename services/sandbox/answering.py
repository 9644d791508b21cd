"""The sandbox's other desks, which answer by themselves what the tested agency sends them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import structlog

from contracts.errors import RelaisError
from contracts.log.orders import Registry
from contracts.log.partition_router import RouterKeys
from services.agency.office.inbox_fold import Said
from services.agency.office.office import Request
from services.platform.http.problems import ProblemError
from services.sandbox.memory_federation import MemoryFederation, Now, Random

ACK: Final = "ACK:"

log = structlog.get_logger("relais.sandbox")


class AnsweringFederation(MemoryFederation):
    """A federation whose desks do at once what the convention asks of them, but those that are tested.

    Attributes:
        tested: the agency whose desks somebody else plays.
    """

    def __init__(
        self,
        registries: dict[str, Registry],
        keys: Callable[[str], RouterKeys],
        clock: Now,
        random: Random,
    ) -> None:
        super().__init__(registries, keys, clock, random)
        self.tested = ""
        self._planned: list[tuple[int, Request]] = []

    def heard(self, desk: str, said: Said | None) -> None:
        """Plan what the receipt of a delivery says that is owed."""
        if said is None or "slip" not in said:
            return
        _iss, jti, _etype, case, _purpose = said["slip"]
        event = self.office(desk).view(desk).name_of(jti, case)
        for owed in said["receipt"]["due"]:
            if owed["act"].startswith(ACK):
                stage = {"stage": owed["act"].removeprefix(ACK)}
                self._planned.append((0, Request(desk, "acknowledge", stage, event)))

    def act(self) -> bool:
        """Do what is planned by now; whether there was anything."""
        now = self._clock.now()
        due = [request for at, request in self._planned if at <= now]
        self._planned = [plan for plan in self._planned if plan[0] > now]
        for request in due:
            try:
                self.request(request)
            except (RelaisError, ProblemError) as error:
                log.warning("not answered", desk=request.desk, kind=request.kind, code=error.code)
        return bool(due)

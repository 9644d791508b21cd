"""Something that a desk asks to be published, and the arrival that it may be about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.encoding import canonical
from services.agency.office.fold.arrivals import Arrival
from services.agency.office.fold.desk_fold import DeskFold
from services.platform.http.problems import ProblemError


@dataclass(frozen=True, slots=True)
class DeskRequest:
    """Something that a desk asks to be published.

    Attributes:
        kind: `record`, `acknowledge`, `outcome`, `entrust`, `entrust_case`, `withdraw`, `look_up`, `ask`, or `alarm` and `ping` of the service.
        body: the parsed JSON body.
        event: id of the arrival or own event that it is about, or token of the case; empty for a record.
        key: idempotency key; empty if none.
        parts: what the arrival holds, scope -> body, opened for a request that passes it on.
    """

    desk: str
    kind: str
    body: Mapping[str, Any] = field(repr=False)
    event: str = ""
    key: str = ""
    parts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def digestible(self) -> bytes:
        """What two requests with one key must share to be the same request."""
        return canonical({"kind": self.kind, "event": self.event, "body": dict(self.body)})


def answerable(view: DeskFold, event: str) -> Arrival:
    """An arrival that may be answered, of the desk or of one that it reads here.

    Raises:
        ProblemError: 404 `event_unknown`; 409 `id_of_two_events`.
    """
    names = view.holder(event).names
    if event in names.reused:
        expected = "their names, as inbox and duties have them"
        raise ProblemError(409, "id_of_two_events", "an id that came in two cases", expected)
    arrival = names.arrival(event)
    if arrival is None:
        raise not_found()
    return arrival


def not_found() -> ProblemError:
    """404; the same whether it does not exist or is another desk's."""
    return ProblemError(404, "event_unknown", "another id", "an event of this desk")


def key_reused() -> ProblemError:
    """409: two requests, one key."""
    return ProblemError(409, "key_reused", "another body", "the first request's body")

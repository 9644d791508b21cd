"""Which systems the kit tests, and the table of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from contracts.errors import UsageError
from services.conformance.case import AnyCase
from services.conformance.http import HTTP, http_cases
from services.conformance.http.kit_desks import USUAL
from services.conformance.issuer import ISSUER
from services.conformance.recipient import RECIPIENT
from services.conformance.webhook import WEBHOOK
from services.texts import Catalogue, Text

_ = Catalogue(__name__)


class SystemKind(StrEnum):
    """The part that a tested system takes."""

    RECIPIENT = "recipient"
    ISSUER = "issuer"
    WEBHOOK = "webhook"
    HTTP = "http"


@dataclass(frozen=True)
class KitSystem:
    """What the kit has for a kind of system.

    Attributes:
        title: of its plan.
        part: in a report, after *In the part of*.
    """

    cases: tuple[AnyCase, ...]
    title: Text
    part: Text


SYSTEMS: Final[Mapping[SystemKind, KitSystem]] = {
    SystemKind.RECIPIENT: KitSystem(
        RECIPIENT,
        _("Conformance of a recipient: the plan"),
        _("recipient: a reader of an agency’s inbox on Kafka, by files"),
    ),
    SystemKind.ISSUER: KitSystem(
        ISSUER,
        _("Conformance of an issuer: the plan"),
        _("issuer: who publishes on Kafka with keys of his own, by files"),
    ),
    SystemKind.WEBHOOK: KitSystem(
        WEBHOOK,
        _("Conformance of a receiver of webhooks: the plan"),
        _("receiver of webhooks, by requests to its address"),
    ),
    SystemKind.HTTP: KitSystem(
        HTTP,
        _("Conformance of who speaks an agency’s HTTP: the plan"),
        _("issuer and reader of an inbox by HTTP, before a sandbox"),
    ),
}


def cases_of(system: SystemKind, desk: str = "") -> tuple[AnyCase, ...]:
    """The table by which a kind of system is tested.

    Args:
        desk: whose part is played, of a system that speaks HTTP; empty: the usual one.

    Raises:
        UsageError: `desk_unknown`: no desk of the kit, or a desk where none is played.
    """
    if system is SystemKind.HTTP:
        return http_cases(desk or USUAL)
    if desk:
        raise UsageError("desk_unknown", _("a desk"), "`--system http`")
    return SYSTEMS[system].cases

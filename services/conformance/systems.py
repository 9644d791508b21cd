"""Which systems the kit tests, and the table of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.conformance.case import AnyCase
from services.conformance.http import HTTP
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

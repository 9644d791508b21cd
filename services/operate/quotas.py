"""Quotas as brokers have them: read from every broker, set and taken, by requests of our own.

Neither client has them whole: aiokafka asks and cannot set, confluent-kafka knows none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Float64, Int16, Int32, Schema, String

from contracts.kafka.quotas import Quota
from services.operate.drift import Drift
from services.operate.rules import BrokerRules, check

_TEXT: Final = String("utf-8")
_ENTITY: Final = ("entity", Array(("entity_type", _TEXT), ("entity_name", _TEXT)))
_CHANGES: Final = ("ops", Array(("key", _TEXT), ("value", Float64), ("remove", Boolean)))
Change = tuple[str, float, bool]  # name, value, whether the limit is taken away
USER: Final = "user"
DEFAULT: Final = "<default>"  # Kafka's own word for a limit of all that have none of their own
Entity = tuple[tuple[str, str], ...]  # (type, name) pairs, sorted; an empty name is the default
Limits = Mapping["Limit", int]


class AlterClientQuotasResponseV0(Response):  # type: ignore[misc]
    """An error code for each entity."""

    API_KEY = 49
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("entries", Array(("error_code", Int16), ("error_message", _TEXT), _ENTITY)),
    )


class AlterClientQuotasRequestV0(RequestStruct):  # type: ignore[misc]
    """Changes for each entity."""

    API_KEY = 49
    API_VERSION = 0
    RESPONSE_TYPE = AlterClientQuotasResponseV0
    SCHEMA = Schema(("entries", Array(_ENTITY, _CHANGES)), ("validate_only", Boolean))


class AlterClientQuotasRequest(Request[AlterClientQuotasRequestV0]):  # type: ignore[misc]
    """Sets limits and takes them away.

    Args:
        changes: (type, name) pairs of an entity, an empty name for the default -> its changes.
    """

    API_KEY = 49

    def __init__(self, changes: Mapping[tuple[tuple[str, str], ...], Sequence[Change]]) -> None:
        self._changes = changes

    def build(
        self, request_struct_class: type[AlterClientQuotasRequestV0]
    ) -> AlterClientQuotasRequestV0:
        """The request as it is sent."""
        entries = [
            ([(kind, name or None) for kind, name in entity], list(changes))
            for entity, changes in self._changes.items()
        ]
        return request_struct_class(entries, False)


@dataclass(frozen=True, slots=True, order=True)
class Limit:
    """What a value stands for on a broker.

    Attributes:
        entity: of whatever is ours, one `user`.
    """

    entity: Entity
    name: str

    @property
    def whose(self) -> str:
        """A principal as it is, anything else with its types."""
        if len(self.entity) == 1 and self.entity[0][0] == USER and self.entity[0][1]:
            return self.entity[0][1]
        return ", ".join(f"{kind} {name or DEFAULT}" for kind, name in self.entity)


def limits(wanted: Iterable[Quota]) -> dict[Limit, int]:
    """Quotas of ours as they stand on a broker."""
    return {Limit(((USER, quota.principal),), quota.name): quota.value for quota in wanted}


async def read(brokers: BrokerRules) -> dict[int, dict[Limit, int]]:
    """Broker -> every limit that it knows, whoever set it; errors as `BrokerRules.read`."""
    from aiokafka.protocol.admin import DescribeClientQuotasRequest

    by_broker = {}
    for node in brokers.nodes:
        answer = await brokers.ask(node, DescribeClientQuotasRequest([], False))
        check(answer.error_code, "read quotas")
        by_broker[node] = {
            Limit(tuple(sorted((kind, name or "") for kind, name in entity)), name): int(value)
            for entity, values in answer.entries
            for name, value in values
        }
    return by_broker


async def change(brokers: BrokerRules, given: Limits, taken: Iterable[Limit]) -> None:
    """Set limits, and take others away; errors as `BrokerRules.read`."""
    by_entity: dict[Entity, list[tuple[str, float, bool]]] = {}
    for limit, value in given.items():
        by_entity.setdefault(limit.entity, []).append((limit.name, value, False))
    for limit in taken:
        by_entity.setdefault(limit.entity, []).append((limit.name, 0, True))
    if not by_entity:
        return
    answer = await brokers.ask(min(brokers.nodes), AlterClientQuotasRequest(by_entity))
    for code, _message, _entity in answer.entries:
        check(code, "change quotas")


def told(lacking: Limits, extra: Limits, existing: Mapping[int, Limits]) -> list[Drift]:
    """The same as drift; of what differs, what some broker has."""
    drifts: list[Drift] = []
    for limit, value in lacking.items():
        others = {have[limit] for have in existing.values() if limit in have} - {value}
        got = str(min(others)) if others else ""
        drifts.append(Drift("quota", limit.whose, limit.name, got, str(value)))
    drifts += [
        Drift("quota_extra", limit.whose, limit.name, str(value)) for limit, value in extra.items()
    ]
    return sorted(drifts)

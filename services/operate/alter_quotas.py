"""AlterClientQuotas, version 0 (KIP-546): a request that aiokafka does not have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Float64, Int16, Int32, Schema, String

_TEXT: Final = String("utf-8")
_ENTITY: Final = ("entity", Array(("entity_type", _TEXT), ("entity_name", _TEXT)))
_CHANGES: Final = ("ops", Array(("key", _TEXT), ("value", Float64), ("remove", Boolean)))

Change = tuple[str, float, bool]  # name, value, whether the limit is taken away


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

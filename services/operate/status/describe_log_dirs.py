"""DescribeLogDirs, version 1 (KIP-113): a request that neither of our clients has."""

from __future__ import annotations

from typing import Final

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int16, Int32, Int64, Schema, String

_TEXT: Final = String("utf-8")


class DescribeLogDirsResponseV1(Response):  # type: ignore[misc]
    """Each of a broker's folders with the partitions whose copies lie there; none for whom it denies."""

    API_KEY = 35
    API_VERSION = 1
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            Array(
                ("error_code", Int16),
                ("log_dir", _TEXT),
                (
                    "topics",
                    Array(
                        ("name", _TEXT),
                        (
                            "partitions",
                            Array(
                                ("partition_index", Int32),
                                ("partition_size", Int64),
                                ("offset_lag", Int64),
                                ("is_future_key", Boolean),
                            ),
                        ),
                    ),
                ),
            ),
        ),
    )


class DescribeLogDirsRequestV1(RequestStruct):  # type: ignore[misc]
    """Of which partitions it is asked."""

    API_KEY = 35
    API_VERSION = 1
    RESPONSE_TYPE = DescribeLogDirsResponseV1
    SCHEMA = Schema(("topics", Array(("topic", _TEXT), ("partitions", Array(Int32)))))


class DescribeLogDirsRequest(Request[DescribeLogDirsRequestV1]):  # type: ignore[misc]
    """How many bytes a broker's copies take; it is the cluster's to tell (DESCRIBE on it).

    Args:
        partitions: topic -> numbers of its partitions.
    """

    API_KEY = 35

    def __init__(self, partitions: dict[str, list[int]]) -> None:
        self._partitions = partitions

    def build(
        self, request_struct_class: type[DescribeLogDirsRequestV1]
    ) -> DescribeLogDirsRequestV1:
        """The request as it is sent."""
        return request_struct_class(list(self._partitions.items()))

"""Many records in one request, line by line (use §2.4): each is what a request of its own would be.

A line is a record and its own Idempotency-Key, which means what it means everywhere else: a line may come again
in another batch, in another order or alone, and is published once. Lines are taken one after the other: a batch
has one record in hand, as any request has, so that no limit and no refusal of a single sending is different here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Annotated, Any, Final

from pydantic import Field

from contracts.vocabulary.schema import Closed
from services.agency.http.json_body import parse_body
from services.agency.office.requests.desk_request import DeskRequest
from services.agency.office.responses.common import ResponseModel
from services.agency.office.responses.sending import SendAnswer
from services.platform.http.problems import Problem, ProblemError, validated
from services.platform.http.responses import problem_told

NDJSON: Final = "application/x-ndjson"
MAX_LINES: Final = 100  # of a batch; its bytes are those of any body
MAX_KEY: Final = 200  # characters of an Idempotency-Key

Send = Callable[[DeskRequest], Awaitable[SendAnswer]]


class BatchLine(Closed):
    """One line of a batch."""

    key: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_KEY,
            pattern="^[ -~]*$",
            description="The record's own Idempotency-Key, as of a request with this record alone.",
            examples=["0d3c7f5a-9a51-4b8e-8c0b-1f6f8f1f0c11"],
        ),
    ]
    record: dict[str, Any] = Field(
        description="The agency's own record, as `POST /v1/referrals` takes it."
    )


class LineAnswer(ResponseModel):
    """What became of one line: `answer`, or `problem` if it was refused."""

    line: Annotated[int, Field(description="Its number in the batch, from 1.", examples=[1])]
    status: Annotated[
        int, Field(description="The status of a request with this record alone.", examples=[202])
    ]
    answer: Annotated[SendAnswer | None, Field(description="Of a line that was taken.")] = None
    problem: Annotated[Problem | None, Field(description="Of a line that was refused.")] = None
    retry_after: Annotated[
        int | None,
        Field(description="Seconds after which to send the line again, as it is.", examples=[2]),
    ] = None


def lines_of(body: bytes) -> list[bytes]:
    """The lines of a body; none of them is parsed.

    Raises:
        ProblemError: 413 `too_large`: too many.
    """
    count = body.count(b"\n") + (not body.endswith(b"\n") and bool(body))
    if count > MAX_LINES:
        raise ProblemError(413, "too_large", f"{count} lines", f"at most {MAX_LINES} lines")
    return body.removesuffix(b"\n").split(b"\n") if body else []


async def answers(desk: str, lines: Iterable[bytes], send: Send) -> AsyncIterator[bytes]:
    """The answer to each line, in order, as soon as there is one.

    Where Kafka is away the lines behind are not tried: each would wait as long as the first.

    Args:
        send: takes a record as `POST /v1/referrals` does.
    """
    away: ProblemError | None = None
    for number, line in enumerate(lines, 1):
        try:
            if away is not None:
                raise away  # noqa: TRY301 (told as any other refusal)
            told = LineAnswer(line=number, status=202, answer=await send(_request(desk, line)))
        except Exception as error:  # noqa: BLE001 (whatever is wrong with a line is its answer)
            refused, problem = problem_told(error)
            away = refused if refused.code == "kafka_unreachable" else None
            later = refused.headers.get("Retry-After")
            told = LineAnswer(
                line=number, status=refused.status, problem=problem,
                retry_after=None if later is None else int(later),
            )  # fmt: skip
        yield told.model_dump_json(exclude_none=True).encode() + b"\n"


def _request(desk: str, line: bytes) -> DeskRequest:
    read = validated(BatchLine, parse_body(line))
    return DeskRequest(desk, "record", read.record, key=f"key {read.key}")

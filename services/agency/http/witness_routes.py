"""Routes of an agency as witness of the log (proof §5.2, C2SP tlog-witness): they need no token.

Whoever may ask is told by the log's signature under what is asked. They are no part of a desk's
interface, so `/openapi.json` has them not.
"""

from __future__ import annotations

from typing import Final

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import Response

from contracts.errors import ProofError
from contracts.proof.witness import (
    CONFLICT,
    GOOD,
    LINES_MEDIA,
    MAX_REQUEST_BYTES,
    UNKNOWN,
    WitnessAnswer,
)
from services.agency.http.desk_request import Parts
from services.agency.http.json_body import bounded_body
from services.agency.witness import LogWitness
from services.platform.http.problems import ProblemError
from services.platform.http.responses import NO_STORE

UNAVAILABLE: Final = 503

log = structlog.get_logger("relais.agency")


def add_witness(app: FastAPI, parts: Parts) -> None:
    """POST /witness/add-checkpoint, GET /witness/<SHA-256 of the origin>/checkpoint."""

    @app.post("/witness/add-checkpoint", include_in_schema=False)
    async def add_checkpoint(request: Request) -> Response:
        body = await bounded_body(request.headers, request.stream(), MAX_REQUEST_BYTES)
        answer = await _answer(_witness(parts), body)
        if answer.status not in (GOOD, CONFLICT):
            raise ProblemError(answer.status, answer.code)
        # As a header: of a media type Starlette makes one with a charset, which the standard's has not.
        return Response(answer.body, answer.status, {**NO_STORE, "Content-Type": answer.media})

    @app.get("/witness/{name}/checkpoint", include_in_schema=False)
    async def get_checkpoint(name: str) -> Response:
        cosigned = _witness(parts).checkpoint(name)
        if cosigned is None:
            raise _unknown()
        return Response(cosigned, headers=dict(NO_STORE), media_type=LINES_MEDIA)


async def _answer(witness: LogWitness, body: bytes) -> WitnessAnswer:
    try:
        return await witness.answer(body)
    except (OSError, ProofError) as error:  # whoever cannot remember must not cosign
        log.exception("witness cannot remember", kind=type(error).__name__)
        raise ProblemError(UNAVAILABLE, "witness_unavailable") from None


def _witness(parts: Parts) -> LogWitness:
    """The agency's witness; one that has no key or no policy knows no log."""
    if parts.witness is None:
        raise _unknown()
    return parts.witness


def _unknown() -> ProblemError:
    return ProblemError(UNKNOWN, "origin_unknown", "another log", "one of the trust policy")

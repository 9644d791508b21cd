"""Routes of the self-test: what each row found last, and one more try. They need no token, as `/metrics` needs none.

No row holds anything of a case or tells when a desk did something; a try is bounded by `SelfTest`. A desk
that shows its token has that row tried too, and no stranger takes its turn; one that is wrong is refused, as
everywhere. They are the operators', so `/openapi.json` has them not.
"""

# No `from __future__ import annotations`: as in `desk_request.py`.

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from fastapi import FastAPI, Query, Request
from fastapi.responses import Response

from services.agency.http.desk_request import Parts
from services.platform.http.problems import ProblemError, kafka_unreachable
from services.platform.http.responses import answer
from services.platform.self_test.rows import RowName, SelfTestRow

if TYPE_CHECKING:
    from services.agency.self_test.runner import SelfTest


def add_check(app: FastAPI, parts: Parts) -> None:
    """GET /check, POST /check?desk=D[&row=R]."""

    @app.get("/check", include_in_schema=False)
    async def get_check() -> Response:
        test = _test(parts)
        return _answer({desk: test.rows(desk) for desk in parts.office.agency.desks})

    @app.post("/check", include_in_schema=False)
    async def post_check(
        request: Request,
        desk: Annotated[str, Query()],
        row: Annotated[RowName | None, Query()] = None,
    ) -> Response:
        test, name = _test(parts), desk.lower()
        shown = request.headers.get("authorization")
        if shown is not None:
            test.seen.add(parts.tokens.check(shown, name))
        if name not in parts.office.agency.desks:
            raise ProblemError(
                404, "desk_unknown", "another desk", "a desk of this service", "desk"
            )
        return _answer({name: await test.again(name, row, is_own=shown is not None)})


def _test(parts: Parts) -> "SelfTest":
    if parts.self_test is None:
        raise kafka_unreachable()
    return parts.self_test


def _answer(tried: Mapping[str, tuple[SelfTestRow, ...]]) -> Response:
    return answer(
        {"desks": {desk: [row.document() for row in rows] for desk, rows in tried.items()}}
    )

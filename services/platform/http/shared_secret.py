"""Routes of a realm for one other service: it shows a secret that both have in a file.

Authorization: Bearer b64u(32 bytes)
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts.encoding import b64u
from services.platform.http.problems import ProblemError
from services.platform.http.responses import problem_response


def bearer(secret: bytes) -> dict[str, str]:
    """The header by which a secret is shown."""
    return {"Authorization": f"Bearer {b64u(secret)}"}


Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class SharedSecrets:
    """What opens some routes of a service.

    Attributes:
        by_realm: 32 bytes each; of a realm without one there are no such routes.
    """

    by_realm: Mapping[str, bytes] = field(repr=False)

    def route(self, path: str, endpoint: Endpoint, method: str = "GET") -> Route:
        """A route that answers whoever shows the secret: 401 else, 404 where there is none.

        Args:
            path: has `{realm}`.
        """

        async def guarded(request: Request) -> Response:
            refusal = self._refusal(request)
            return await endpoint(request) if refusal is None else problem_response(refusal)

        return Route(path, guarded, methods=[method])

    def _refusal(self, request: Request) -> ProblemError | None:
        secret = self.by_realm.get(request.path_params["realm"])
        if secret is None:
            return ProblemError(404, "no_such_route", "no projection.secret", "another realm")
        expected = bearer(secret)["Authorization"].encode()
        shown = request.headers.get("authorization", "").encode("utf-8", "surrogateescape")
        if hmac.compare_digest(shown, expected):
            return None
        headers = {"WWW-Authenticate": "Bearer"}
        return ProblemError(
            401, "token_unknown", "another secret", "the one of both", headers=headers
        )

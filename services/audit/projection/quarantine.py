"""What lies in quarantine, for console and `relais status`: by code, outbox, issuer.

    GET /projection/{realm}/quarantine

It is told from the state that the replay adds up to: nothing of what was put aside is read.
"""

from __future__ import annotations

from itertools import islice
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts.vocabulary import topics
from contracts.vocabulary.schema import short
from services.audit.replay import RealmAudit
from services.platform.http.problems import ProblemError
from services.platform.http.responses import answer, problem_response
from services.platform.http.shared_secret import SharedSecrets

MOST_KEPT: Final = 20_000  # that are looked at


def groups(audit: RealmAudit) -> list[dict[str, Any]]:
    """What is to be ruled on: how many of each code, agency and issuer, and the oldest.

    `agency` is whose outbox it lay in, `desk` the short id of the issuer; empty: nobody knows.
    """
    prefix = topics.outbox(audit.realm, "")
    states = (replayer.settled() for replayer in audit.replayers)
    every = (kept for state in states if state is not None for kept in state.kept.values())
    arrived: dict[tuple[str, str, str], list[int]] = {}
    for kept in islice(every, MOST_KEPT):
        if not kept.released:
            agency = kept.outbox.removeprefix(prefix) if kept.outbox.startswith(prefix) else ""
            desk = short(kept.issuer) if kept.issuer else ""
            arrived.setdefault((kept.code, agency, desk), []).append(kept.first)
    return [
        {"code": code, "agency": agency, "desk": desk, "n": len(firsts), "oldest": min(firsts)}
        for (code, agency, desk), firsts in sorted(arrived.items())
    ]


class QuarantineProjection:
    """Answers the console, by a secret a realm.

    Attributes:
        routes: to be served.
    """

    def __init__(self, secrets: SharedSecrets) -> None:
        self._audits: dict[str, RealmAudit] = {}
        self.routes: list[Route] = [
            secrets.route("/projection/{realm}/quarantine", self._groups),
        ]

    def follow(self, audit: RealmAudit) -> None:
        """Answer for a realm, by what its audit has read."""
        self._audits[audit.realm] = audit

    async def _groups(self, request: Request) -> Response:
        audit = self._audits.get(request.path_params["realm"])
        if audit is None:
            return problem_response(
                ProblemError(404, "not_read_yet", "a service that starts", "/ready")
            )
        return answer({"groups": groups(audit)})

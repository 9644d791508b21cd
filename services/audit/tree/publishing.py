"""How the audit service publishes every realm's trees: its loop, with witnesses, and over HTTP."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Final

import httpx
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from structlog.contextvars import bound_contextvars

from contracts.errors import ProofError
from contracts.log.orders.order import Owners
from contracts.proof.tiles import parse_path
from services.audit.following import Following
from services.audit.tree.cosigning import NO_ANSWER, WAIT_S
from services.audit.tree.growing import CALM_S, GROW_S, RealmTrees
from services.audit.tree.witnessing import UNWITNESSED, RealmWitnessing
from services.platform.http.problems import ProblemError
from services.platform.http.responses import problem_response
from services.platform.keys.keystore import log_secret
from services.platform.keys.policy_file import read_policy
from services.platform.ports import http_transport
from services.platform.process.exit_codes import UnreachableError
from services.platform.process.metrics import Metrics
from services.platform.process.progress import Pace, ServiceHealth
from services.platform.settings import AuditSettings
from services.platform.store.memory import Memory, memory_path

MAX_ANSWER_BYTES: Final = 16_384
_LOG: Final = re.compile(r"(?:civil|criminal)-\d{1,2}")
_NOTE: Final = re.compile(r"((?:civil|criminal)-\d{1,2}/checkpoint)|(civil|criminal)/heads")
_FOREVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
_NOW: Final = {"Cache-Control": "no-cache"}


class WitnessClient:
    """Asks witnesses, over connections that are kept.

    Args:
        addresses: witness → where it takes requests, such as `http://education:8080/witness`.
    """

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._addresses = {name: url.rstrip("/") for name, url in addresses.items()}
        self._client = httpx.AsyncClient(
            timeout=WAIT_S, trust_env=False, transport=http_transport()
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def post(self, name: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of a witness's answer; (0, nothing) without answer or address."""
        if (address := self._addresses.get(name)) is None:
            return NO_ANSWER, b""
        answer = bytearray()
        try:
            async with self._client.stream(
                "POST", f"{address}/add-checkpoint", content=body
            ) as response:
                async for chunk in response.aiter_raw():
                    answer += chunk
                    if len(answer) > MAX_ANSWER_BYTES:
                        return NO_ANSWER, b""
        except (httpx.HTTPError, httpx.InvalidURL):
            return NO_ANSWER, b""
        return response.status_code, bytes(answer)


log = structlog.get_logger("relais.audit")


async def publishing(
    settings: AuditSettings,
    owners: Owners,
    following: Sequence[Following],
    metrics: Metrics,
    health: ServiceHealth,
) -> None:
    """Publish each realm's log as it grows, for ever; of a realm without a key nothing is."""
    async with AsyncExitStack() as stack:
        client = WitnessClient(settings.witnesses)
        stack.push_async_callback(client.close)
        memory = Memory(memory_path(settings.state_dir, "audit"))
        stack.callback(memory.close)
        memory.watch(metrics, health)
        trees = []
        for followed in following:
            secret = log_secret(settings.keys_dir, followed.realm)
            if secret is None:
                log.warning("no log is published", realm=followed.realm, expected="log.secret")
                continue
            reader = await stack.enter_async_context(settings.bus().reader())
            witnessing = witnessing_of(settings, owners, followed.realm, client, metrics, health)
            if witnessing is not None:
                stack.callback(witnessing.close)
            given = followed.realm, settings.instance, settings.log_dir, memory, secret
            trees.append((RealmTrees(*given, reader, metrics, health, witnessing), followed))
            stack.callback(trees[-1][0].close)
        pace = Pace(GROW_S, CALM_S)
        while True:
            for grown, followed in trees:
                # The service asks Kafka apart from here, and tells it.
                with bound_contextvars(realm=grown.realm), suppress(UnreachableError):
                    await grown.grow(followed.registry)
            await asyncio.sleep(pace.pause([grown.records for grown, _followed in trees]))


def witnessing_of(
    settings: AuditSettings,
    owners: Owners,
    realm: str,
    client: WitnessClient,
    metrics: Metrics,
    health: ServiceHealth,
) -> RealmWitnessing | None:
    """A realm's witnesses, as its owners signed; without a policy nobody cosigns: it is told."""
    try:
        policy = read_policy(settings.home, realm, owners)
        code = "no_policy"
    except ProofError as error:
        policy, code = None, error.code
    if policy is not None:
        return RealmWitnessing(realm, policy, client.post, metrics, health)
    log.error("no witnesses", realm=realm, code=code)
    health.warnings.add(f"{UNWITNESSED}_{realm}")
    metrics.unwitnessed.labels(realm, "all").set(1)
    return None


def log_route(folder: Path) -> Route:
    """Answers with files of the logs in a folder, as a static server would (proof §8)."""

    async def file(request: Request) -> Response:
        path: str = request.path_params["path"]
        log, _, tile = path.partition("/")
        headers, media = _NOW, "text/plain; charset=utf-8"
        try:
            if note := _NOTE.fullmatch(path):
                name = note[1] or note[2]
            elif _LOG.fullmatch(log):
                name = f"{log}/{parse_path(tile).path}"
                headers, media = _FOREVER, "application/octet-stream"
            else:
                return _missing()
            data = (folder / name).read_bytes()
        except (OSError, ProofError):
            return _missing()
        return Response(data, headers=headers, media_type=media)

    return Route("/log/{path:path}", file)


def _missing() -> Response:
    return problem_response(ProblemError(404, "no_such_file", "another path", "a file of the log"))

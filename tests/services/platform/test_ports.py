"""What a process has from outside, given by another than the machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from httpx import ASGITransport, AsyncClient, ByteStream, MockTransport, Response
from starlette.types import ASGIApp

from services.agency.webhooks.post import Posted, Poster, PostResult
from services.audit.tree.publishing import WitnessClient
from services.platform.http.health_endpoints import serving
from services.platform.http.receiver import Receiver
from services.platform.ports import Ports, given
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.tree.published_log import LogOverHttp

URL = "http://192.0.2.1:4711"  # of nobody


class Http:
    """No socket: the app is called, and one answer is given to whoever asks."""

    @asynccontextmanager
    async def serve(self, app: ASGIApp, _host: str, _port: int) -> AsyncIterator[int]:
        """Keep the app."""
        self.app = app
        yield 4711

    def transport(self) -> MockTransport:
        """Say which method came."""
        return MockTransport(lambda asked: Response(200, stream=ByteStream(asked.method.encode())))


async def test_a_service_answers_and_asks_without_a_socket() -> None:
    """Its own addresses, a witness, a published log and a webhook's receiver."""
    with given(Ports(http=(http := Http()))):
        async with (
            serving("", 0, ServiceHealth(), Metrics("routing")) as port,
            AsyncClient(transport=ASGITransport(http.app), base_url=URL) as client,
        ):
            assert (port, (await client.get("/live")).json()) == (4711, {"live": True})
        assert await WitnessClient({"police": URL}).post("police", b"") == (200, b"POST")
        assert LogOverHttp(URL).read("checkpoint") == b"GET"
        receiver = Receiver.model_validate({"url": f"{URL}/", "networks": ["192.0.2.0/24"]})
        assert await Poster()(receiver, {}, b"", 0) == Posted(PostResult.TAKEN, 0, 200)

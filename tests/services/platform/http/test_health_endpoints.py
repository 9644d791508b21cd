"""Live, ready and metrics of a service without an API of its own."""

import httpx
import pytest

from services.platform.http.health_endpoints import serving
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth


@pytest.mark.parametrize(
    ("method", "path", "status", "code", "expected"),
    [
        ("GET", "/live?n=1&n=canary", 422, "invalid_request", "one value"),
        ("GET", "/", 404, "no_such_route", "/live or /ready or /metrics"),
        ("GET", "/Zoe-canary-4711", 404, "no_such_route", "/live or /ready or /metrics"),
        ("POST", "/live", 405, "method_not_allowed", "GET or HEAD"),
    ],
)
async def test_any_other_path_or_method_is_a_problem_document(
    method: str, path: str, status: int, code: str, expected: str
) -> None:
    """Or two values of one parameter: with what there is, and without what was asked for."""
    async with (
        serving("127.0.0.1", 0, ServiceHealth(), Metrics("routing")) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        answer = await client.request(method, path)

    problem = answer.json()
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert (problem["code"], problem["expected"]) == (code, expected)
    assert "canary" not in answer.text

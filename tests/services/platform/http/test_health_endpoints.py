"""Live, ready and metrics of a service without an API of its own."""

import json
import re

import httpx
import pytest
from structlog.testing import capture_logs

from contracts.errors import IntakeError, RelaisError
from services.platform.http.health_endpoints import serving
from services.platform.http.problems import ProblemError
from services.platform.http.responses import problem_response
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


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (ProblemError(404, "event_unknown"), "info"),
        (IntakeError("field_missing", "nothing", "a value", "pupil"), "info"),
        (RelaisError("outcome_unknown"), "error"),
        (ValueError("Zoé Martin"), "error"),
    ],
)
def test_a_problem_and_its_log_line_have_one_id(error: Exception, level: str) -> None:
    """The line has id, code and status; of an unforeseen error its class, never its text."""
    with capture_logs() as lines:
        problem = json.loads(bytes(problem_response(error).body))

    (line,) = lines
    assert re.fullmatch("[0-9a-f]{16}", problem["request_id"])
    assert {name: line[name] for name in ("request_id", "code", "status")} == {
        name: problem[name] for name in ("request_id", "code", "status")
    }
    assert line["log_level"] == level
    assert "Martin" not in str(line)

"""Every problem has a request id, and the log too: operators find what callers quote."""

import json
import re

import pytest
from structlog.testing import capture_logs

from contracts.errors import IntakeError, RelaisError
from services.platform.http.problems import ProblemError
from services.platform.http.responses import problem_response


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

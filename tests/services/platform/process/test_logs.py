"""Logs: one flat JSON object a line, without values in exceptions, and not too many."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
import structlog

from contracts.errors import IntakeError
from services.platform.process import logs
from tests.shell import lines_of

SECRET = "Léa Marqueur-7731"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """What the process would write to standard output; logging is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    text = io.StringIO()
    logs.configure("education", "DEBUG", text)
    yield text
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_an_exception_s_text_never_reaches_a_line(stream: io.StringIO) -> None:
    """A library's error that quotes a record is told by class and place only."""
    try:
        raise ValueError(f"cannot parse {SECRET}")
    except ValueError:
        structlog.get_logger().exception("failed")
        logging.getLogger("elsewhere").exception("failed too")

    ours, theirs = lines_of(stream.getvalue())
    assert SECRET not in stream.getvalue()
    assert "Marqueur" not in stream.getvalue()
    for line in (ours, theirs):
        assert line["error"] == "ValueError"
        assert "test_logs.py" in line["at"][-1]


def test_an_error_of_ours_keeps_its_code_and_reason(stream: io.StringIO) -> None:
    """Our errors hold no personal data, so they may speak."""
    try:
        raise IntakeError("field_missing", "nothing", "a date", "record.date")
    except IntakeError:
        structlog.get_logger().exception("refused")

    (line,) = lines_of(stream.getvalue())
    assert line["code"] == "field_missing"
    assert line["reason"] == "field_missing at record.date: got nothing, expected a date"


def test_a_value_without_a_json_form_is_named_by_its_class(stream: io.StringIO) -> None:
    """Its `repr` could hold anything."""

    class Holder:
        def __repr__(self) -> str:
            return SECRET

    structlog.get_logger().info("odd", thing=Holder())

    assert lines_of(stream.getvalue())[0]["thing"] == "Holder"
    assert "Marqueur" not in stream.getvalue()


def test_client_noise_is_counted_instead_of_repeated(stream: io.StringIO) -> None:
    """While a broker is away the same message comes thousands of times a minute."""
    for attempt in range(500):
        logging.getLogger("aiokafka").error("Unable connect to node: %s", attempt)
        structlog.get_logger("ours").info("ours", attempt=attempt)

    lines = lines_of(stream.getvalue())
    assert sum(line["logger"] == "aiokafka" for line in lines) == logs.BURST
    assert sum(line["logger"] == "ours" for line in lines) == 500


def test_paths_that_were_asked_for_are_not_logged(stream: io.StringIO) -> None:
    """uvicorn's access log would hold them."""
    logging.getLogger("uvicorn.access").error("GET /referrals/x")

    assert stream.getvalue() == ""

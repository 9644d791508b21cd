"""Logs: one JSON object a line on standard output, for our own code and for the libraries'.

1. Our code logs through structlog with an event name and coded fields, never a record's values.
2. The libraries log through `logging`; `ProcessorFormatter` gives their lines the same form.
3. A failure is logged by its class, its code and the places in our code, never by the text of an
   exception that could quote a value; only errors whose text is known to be harmless keep it.
   FastStream's line of a failed handler repeats that text: it is cut out of it.
4. aiokafka repeats itself thousands of times a minute while a broker is away: each message of a
   noisy library passes `BURST` times in `WINDOW_S`, then is counted and the count told.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, Final, TextIO

import orjson
import structlog

from contracts.errors import RelaisError
from services.platform.ports import monotonic

NOISY: Final = ("aiokafka", "kafka", "uvicorn", "asyncio", "httpx", "httpcore")
BURST: Final = 3  # lines of one message ...
WINDOW_S: Final = 10.0  # ... in so many seconds
FRAMES: Final = 8  # places kept of a traceback, the innermost last

Event = MutableMapping[str, Any]


def configure(service: str, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send all logs of this process to `stream` (standard output), as JSON lines.

    Args:
        service: added to every line.
        level: of our own lines and FastStream's, which come by a logger of ours; other libraries
            say WARNING and worse.
    """

    def named(_logger: object, _method: str, event: Event) -> Event:
        event["service"] = service
        return event

    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        named,
        safe_exception,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.addFilter(RateLimit())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
            use_get_message=True,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    _subdue_libraries()


def _subdue_libraries() -> None:
    for name in NOISY:
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
        library.setLevel(logging.WARNING)
    # Its lines would hold the paths that were asked for.
    logging.getLogger("uvicorn.access").disabled = True


def safe_exception(_logger: object, _method: str, event: Event) -> Event:
    """Replace `exc_info` by class, code and places, and its text in the line by `…` (rule 3)."""
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        if quoted := str(error):
            event["event"] = str(event.get("event", "")).replace(quoted, "…")
        event.update(describe_error(error))
    return event


def describe_error(error: BaseException) -> dict[str, Any]:
    """What may be told of an exception: never a value that it quotes."""
    told: dict[str, Any] = {"error": type(error).__name__}
    if isinstance(error, RelaisError):
        told |= {"code": error.code, "reason": error.describe()}
    elif isinstance(error, OSError) and error.errno:
        told["reason"] = error.strerror
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    if frames:
        told["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return told


def render(_logger: object, _method: str, event: Event) -> str:
    """One JSON object; what JSON has no form for is named by its class only."""
    return orjson.dumps(event, default=lambda value: type(value).__name__).decode()


class RateLimit(logging.Filter):
    """Let each message of a noisy library pass `BURST` times in `WINDOW_S` seconds."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line passes; the first of a new window tells how many did not."""
        if record.name.partition(".")[0] not in NOISY:
            return True
        said: Any = record.msg  # of structlog, a dictionary
        text = said.get("event") if isinstance(said, dict) else said
        key, now = (record.name, str(text)[:80]), monotonic()
        began, count = self._seen.get(key, (now, 0))
        if now - began >= WINDOW_S:
            if count > BURST:
                record.suppressed = count - BURST
            began, count = now, 0
        if len(self._seen) > 1000:  # messages that hold changing numbers
            self._seen.clear()
        self._seen[key] = (began, count + 1)
        return count < BURST

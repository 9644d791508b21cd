"""Runs a service as a process: settings from the environment, log lines on standard output."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from contracts.errors import RelaisError
from services.platform.process import exit_codes, logs
from services.platform.settings import ServiceSettings, load

Settings = TypeVar("Settings", bound=ServiceSettings)
Serve = Callable[[asyncio.Event], Awaitable[int | None]]

log = structlog.get_logger("relais")


def run_service(
    name: str, kind: type[Settings], prepare: Callable[[Settings], Serve], **given: object
) -> int:
    """Run a service until SIGTERM; its exit code. The last line of its log says why it ended.

    Args:
        name: in its log lines; an agency has its own.
        prepare: reads keys and owners, before anything is started; gives what runs.
        given: settings that win over the environment.
    """
    logs.configure(name)
    try:
        settings = load(kind, **given)
        logs.configure(getattr(settings, "agency", name), settings.log_level)
        code = exit_codes.run(prepare(settings))
    except RelaisError as error:
        code = exit_codes.exit_code(error)
        log.critical("ended", code=error.code, exit=code, error=error.describe())
    except Exception as error:  # its text could quote a value: the line has class and places
        code = exit_codes.FAILED
        log.critical("ended", code=type(error).__name__, exit=code, exc_info=True)
    else:
        log.info("ended", code="stopped", exit=code)
    return code

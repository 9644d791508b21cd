"""Runs a service as a process: settings from the environment, log lines on standard output."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

from contracts.errors import RelaisError
from services.platform.process import exit_codes, logs
from services.platform.settings import ServiceSettings, load

Settings = TypeVar("Settings", bound=ServiceSettings)
Serve = Callable[[asyncio.Event], Awaitable[int | None]]


def run_service(
    name: str, kind: type[Settings], prepare: Callable[[Settings], Serve], **given: object
) -> int:
    """Run a service until SIGTERM; its exit code. Wrong settings are one line on standard error.

    Args:
        name: in its log lines; an agency has its own.
        prepare: reads keys and owners, before anything is started; gives what runs.
        given: settings that win over the environment.
    """
    try:
        settings = load(kind, **given)
        logs.configure(getattr(settings, "agency", name), settings.log_level)
        serve = prepare(settings)
    except RelaisError as error:
        sys.stderr.write(f"relais: {error.describe()}\n")
        return exit_codes.exit_code(error)
    return exit_codes.run(serve)

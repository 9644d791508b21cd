"""What `relais up` and `relais demo` say of processes while they run: who started, ended, hangs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from services.platform.process.exit_codes import (
    FENCED,
    LOG_DAMAGED,
    REPLACED,
    UNREACHABLE,
    WRONG_USE,
)
from services.texts import Catalogue, FilledText

_ = Catalogue(__name__)


Say = Callable[[str, FilledText], None]  # program, what happened

STARTING: Final = FilledText(_("starting"))
READY: Final = FilledText(_("ready"))
STOPPING: Final = FilledText(_("stopping"))
STOPPED: Final = FilledText(_("stopped"))
STARTED_AGAIN: Final = FilledText(_("started again"))
ANSWERS_AGAIN: Final = FilledText(_("answers again"))

_MEANINGS: Final = {
    UNREACHABLE: _("Kafka away, or a new start was due"),
    WRONG_USE: _("wrong use"),
    FENCED: _("fenced by another owner"),
    REPLACED: _("as ordered: another layout is in force"),
    LOG_DAMAGED: _("damaged log: docs/how-to/log-alarms.md"),
}


_WARNINGS: Final = {
    "second_writer": _("somebody else writes to its outbox, with the key of a desk"),
    "certificate_expires": _("its certificate is about to expire"),
    "inbox_unreadable": _("something in an inbox does not verify"),
    "not_forgotten": _("Kafka still has something of what an order erases in its topics"),
    "record_passed_over": _(
        "it could not read a record and passed over it: its log says where that lies"
    ),
    **dict.fromkeys(
        ("checkpoint_unwitnessed_civil", "checkpoint_unwitnessed_criminal"),
        _(
            "too few institutions have attested the log’s last checkpoint, and nobody accepts a proof made now; its file in `logs/` names those that are missing"
        ),
    ),
    **dict.fromkeys(
        ("record_not_in_log_civil", "record_not_in_log_criminal"),
        _("something was delivered to it that the published log does not show"),
    ),
    **dict.fromkeys(
        ("mirror_contradicted_civil", "mirror_contradicted_criminal"),
        _("the published log contradicts its own copy"),
    ),
    **dict.fromkeys(
        ("log_not_followed_civil", "log_not_followed_criminal"),
        _("it finds no published log that it can believe"),
    ),
}


def runs_at(addresses: str) -> FilledText:
    """Kafka's addresses, once it answers."""
    return FilledText(_("runs at {addresses}"), {"addresses": addresses})


def resharded(realm: str, shards: int) -> FilledText:
    """Another number of shards than before was ordered, since it was said."""
    return FilledText(
        _("{realm}: another number of shards is ordered: {shards}"),
        {"realm": realm, "shards": shards},
    )


def ended(code: int, pause_s: float | None) -> FilledText:
    """A program that ended by itself.

    Args:
        code: as `asyncio` gives it: a signal's number is negative.
        pause_s: seconds before it is started again; None: it is not.
    """
    if pause_s is None:
        return FilledText(_("ended with {why}, and is not started again"), {"why": why(code)})
    pause = max(1, round(pause_s))
    return FilledText(
        _("ended with {why}; starts again in {pause} s"), {"why": why(code), "pause": pause}
    )


def why(code: int) -> FilledText:
    """What an exit code says."""
    if code < 0:
        return FilledText(_("signal {number}"), {"number": -code})
    if code in _MEANINGS:
        facts = {"code": code, "meaning": _MEANINGS[code]}
        return FilledText(_("exit code {code} ({meaning})"), facts)
    return FilledText(_("exit code {code}"), {"code": code})


def gone(pid: int) -> FilledText:
    """A node of Kafka whose process ended: nobody sees its exit code."""
    return FilledText(_("process {pid} ended; starting it again"), {"pid": str(pid)})


def not_started(code: str) -> FilledText:
    """A node of Kafka that could not be started; the next attempt follows."""
    return FilledText(_("did not start again ({code}); trying once more"), {"code": code})


def suspended(pid: int) -> FilledText:
    """A process that the system has stopped, by SIGSTOP or a debugger."""
    return FilledText(
        _("hangs: process {pid} is suspended; `kill -CONT {pid}` resumes it"), {"pid": str(pid)}
    )


def silent(pid: int, seconds: float) -> FilledText:
    """A process that lives and does not answer."""
    facts = {"pid": str(pid), "seconds": round(seconds)}
    return FilledText(_("hangs: process {pid} has not answered for {seconds} s"), facts)


def warns(code: str) -> FilledText:
    """A service's own warning, as `/ready` has it; in words where it is not an auditor's finding."""
    if code in _WARNINGS:
        facts = {"code": code, "meaning": _WARNINGS[code]}
        return FilledText(_("warns: {meaning} ({code})"), facts)
    return FilledText(_("warns: {code}"), {"code": code})


def no_longer(code: str) -> FilledText:
    """A warning that has passed."""
    return FilledText(_("no longer warns: {code}"), {"code": code})

"""The page of one task: how many of what age go where, the file, the owners' command, and how far it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from contracts.log.orders.rulings import MAX_DECISIONS
from services.committee.texts.labels import realm_label
from services.console.quarantine.page import (
    AGE_HEADS,
    KIND_WORDS,
    REASON_WORDS,
    against_words,
    carried_out,
    in_words,
    progress,
)
from services.console.quarantine.tasks import PreparedTask
from services.console.quarantine.told import LastTold
from services.platform.process.paris_time import exactly
from services.texts import Catalogue

_ = Catalogue(__name__)

_WHAT: Final = _.ngettext(
    "{kind}: {n} input put aside as {code} on the {realm} bus; reason: {reason}.",
    "{kind}: {n} inputs put aside as {code} on the {realm} bus; reason: {reason}.",
)
_BEYOND: Final = _.ngettext(
    "{n} more is not in it: a task has 500 unless all are asked for.",
    "{n} more are not in it: a task has 500 unless all are asked for.",
)
_LEFT_OUT: Final = _("{n} left out, for a release would be refused: {why}.")
_JUDGED: Final = _(
    "Routing judges each one again when it takes it back, by the convention and the directory in force then; "
    "what is still bad is put aside again."
)
_NONE: Final = _(
    "Nothing of it is ordered. A signature is seen here once its order has its quorum."
)
_HALF: Final = _.ngettext(
    "{done} of {n} carried out. It stands still while nobody runs the command, which goes on where it was: "
    "{most} at most are under way.",
    "{done} of {n} carried out. It stands still while nobody runs the command, which goes on where it was: "
    "{most} at most are under way.",
)
_DONE: Final = _.ngettext("{n} carried out: it is done.", "All {n} carried out: it is done.")
_OVER: Final = _("Its day has passed: the command refuses the file. Prepare it anew.")
_UNTIL: Final = _("The file is good until {until}.")
_UNKNOWN: Final = _("to whom is not known: its cover did not verify")
_DROP: Final = _(
    "Dropping it here cancels it as long as nobody was given the file; whoever was may order it until then. "
    "What is ordered is not undone."
)


def task_shown(
    prepared: PreparedTask, last: Mapping[str, LastTold], now: float, lang: str
) -> dict[str, Any]:
    """Everything of it.

    Args:
        now: by the routers' clock, seconds.
    """
    task, states = prepared.task, progress(prepared, last)
    realm = realm_label(task.realm, lang)
    facts: dict[str, Any] = {
        "kind": KIND_WORDS[task.kind].say(lang).capitalize(), "code": task.code, "realm": realm,
        "reason": REASON_WORDS[task.reason].say(lang), "n": len(task.decisions),
    }  # fmt: skip
    command = f"relais quarantine {task.kind} --realm {task.realm} --task {prepared.name}.json"
    return {
        "name": prepared.name, "what": _WHAT.say(lang, **facts), "notes": _notes(prepared, lang),
        "age_heads": [head.say(lang) for head in AGE_HEADS], "ages": prepared.ages,
        "to": [(desk or _UNKNOWN.say(lang), n) for desk, n in sorted(prepared.to.items())],
        "command": f"{command} --key OWNER.json --lang {lang}", "digest": task.digest,
        "until": _UNTIL.say(lang, until=exactly(task.until, lang)),
        "progress": _progress(states, now > task.until, lang), "drop": _DROP.say(lang),
        "states": in_words({name: n for name, n in states.items() if name}, lang),
    }  # fmt: skip


def _notes(prepared: PreparedTask, lang: str) -> list[str]:
    notes = [
        _LEFT_OUT.say(lang, n=n, why=against_words(code, lang))
        for code, n in prepared.left_out.items()
    ]
    notes += [_BEYOND.say(lang, n=prepared.beyond)] if prepared.beyond else []
    return notes + ([_JUDGED.say(lang)] if prepared.task.kind == "release" else [])


def _progress(states: Counter[str], is_over: bool, lang: str) -> str:
    total, left, done = states.total(), states[""], carried_out(states)
    if done == total:
        return _DONE.say(lang, n=total)
    if is_over:
        return _OVER.say(lang)
    if left == total:
        return _NONE.say(lang)
    return _HALF.say(lang, done=done, n=total, most=MAX_DECISIONS)

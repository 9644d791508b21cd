"""An event's life, looked up by id in a form: an address would stand in histories.

An id that nobody has decided and one that a role may not see read the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from services.committee.texts.labels import (
    act_text,
    event_label,
    realm_label,
    reason_text,
    role_label,
    scope_label,
)
from services.console.auditor.client import (
    AuditClient,
    ProjectionAnswer,
    ToldAddressee,
    ToldEvent,
    ToldParty,
    ToldStep,
)
from services.console.facts import table
from services.console.roles import Role, sees
from services.platform.process.paris_time import exactly
from services.texts import Catalogue, Text

_ = Catalogue(__name__)

LOOK_UPS: Final = 30  # of one account ...
LOOK_UPS_S: Final = 600.0  # ... in so many seconds

NO_ID: Final = _("That is no event’s id: it has 36 characters, 0 to 9, a to f and hyphens.")
TOO_MANY: Final = _("Too many events were looked up by this account: wait some minutes.")
_NOT_THERE: Final = _("There is no event of this id that this account may see.")
_SILENT: Final = _("Not everybody who audits answers now, so nobody can tell: try again later.")
_NO_ANSWER: Final = _("Audit of the {realm} bus: no answer.")
_PLACE: Final = _.ngettext(
    "Audit of the {realm} bus: {n} record, read to the end on {at}.",
    "Audit of the {realm} bus: {n} records, read to the end on {at}.",
)
_BEGINS: Final = _("Audit of the {realm} bus: it has begun to read; records so far: {n}.")
_ALARMS: Final = _.ngettext(
    "It has found {n} alarm: what stands here may be what a false record says.",
    "It has found {n} alarms: what stands here may be what a false record says.",
)
_NOT_KEPT: Final = _("It keeps no store, so that no event can be looked up there.")
_FACTS: Final = (_("what"), _("how it is"))
_GOT: Final = (_("who"), _("answer"), _("clause"), _("data"), _("why not"))
_STEPS: Final = (_("when"), _("what happened"), _("who"))
_DUTIES: Final = (_("what is owed"), _("by whom"), _("to whom"), _("until"), _("how it is"))
_VERDICTS: Final = {
    "release": _("let through"), "withhold": _("nothing let through"),
    "partly": _("let through in part"),
}  # fmt: skip
_WITHHELD: Final = _("{data}: {why}")
_NEVER: Final = _("never published: {data} ({why})")
_JUDGED: Final = {
    "same": _("decided again: the same"),
    "differs": _("not what follows: an alarm of the audit"),
    "erased": _("erased by the owners’ order"),
}
_STATUS: Final = {
    "open": _.pgettext("one duty", "open"), "closed": _("met"), "cancelled": _("no longer owed"),
    "late": _("overdue"),
}  # fmt: skip


def empty(said: str = "") -> dict[str, Any]:
    """The page without an event.

    Args:
        said: why.
    """
    return {"tables": [], "place": [], "said": said}


async def looked_up(auditors: AuditClient, role: Role, event: str, lang: str) -> dict[str, Any]:
    """What the page shows of an id."""
    told = await auditors.event(role, event)
    place = [line for realm, each in told.items() for line in _place(realm, each, lang)]
    for realm, each in told.items():
        if each is not None and each.event is not None:
            tables = _tables(each.event, realm, role, lang)
            return {"tables": tables, "place": place, "said": ""}
    silent = not told or None in told.values()
    return {**empty((_SILENT if silent else _NOT_THERE).say(lang)), "place": place}


def _place(realm: str, told: ProjectionAnswer | None, lang: str) -> Iterator[str]:
    """How far an auditor had read: what it says may lag behind."""
    bus = realm_label(realm, lang)
    if told is None:
        yield _NO_ANSWER.say(lang, realm=bus)
        return
    place = told.place
    said = _PLACE if place.read else _BEGINS
    yield said.say(lang, realm=bus, n=place.records, at=exactly(place.read, lang))
    if place.alarms:
        yield _ALARMS.say(lang, n=place.alarms)
    if not place.kept:
        yield _NOT_KEPT.say(lang)


def _tables(life: ToldEvent, realm: str, role: Role, lang: str) -> list[dict[str, Any]]:
    by_desk = sees(role, "event", "desk")
    caption = _("as the audit has it; the bus knows no name and no content of it")
    got = [_got(each, by_desk, lang) for each in life.addressees]
    steps = [
        [exactly(step.at, lang), _happened(step, lang), _who(step, by_desk, lang)]
        for step in life.steps
    ]
    owed = [
        [
            act_text(duty.act, lang), _who(duty.debtor, by_desk, lang),
            _who(duty.creditor, by_desk, lang), exactly(duty.due, lang),
            _STATUS["late" if duty.late and duty.status == "open" else duty.status].say(lang),
        ]
        for duty in life.duties
    ]  # fmt: skip
    every = _("receipts, outcomes and other answers, and whether it was withdrawn")
    return [
        table(_("The event"), caption, _FACTS, _facts(life, realm, by_desk, lang), lang),
        table(_("Whom it reached"), _("by desk or role"), _GOT, got, lang),
        table(_("What came back"), every, _STEPS, steps, lang),
        table(_("What it made desks owe"), _("by the clauses"), _DUTIES, owed, lang),
    ]


def _facts(life: ToldEvent, realm: str, by_desk: bool, lang: str) -> list[list[str]]:
    decided = _("put aside") if life.kind == "quarantined" else _("decided")
    rows: list[tuple[Text, str]] = [
        (_("bus"), realm_label(realm, lang)),
        (_("kind"), f"{event_label(life.etype, lang)} ({life.etype})"),
        (_("from"), _who(life.issuer, by_desk, lang)),
        (_("issued"), exactly(life.issued, lang)),
        (decided, exactly(life.at, lang)),
        (_("receipts and notices that routing sent"), str(life.told)),
        (_("audit"), " · ".join(filter(None, (_JUDGED[life.judged].say(lang), life.code)))),
    ]
    if life.refused:
        why = " · ".join(reason_text(code, lang) for code in life.reasons)
        rows.append((_("refused as a whole"), why))
    return [[text.say(lang), value] for text, value in rows]


def _got(told: ToldAddressee, by_desk: bool, lang: str) -> list[str]:
    why = [reason_text(code, lang) for code in told.reasons]
    for text, scopes in ((_WITHHELD, told.withheld), (_NEVER, told.left_out)):
        for scope, codes in scopes.items():
            words = " · ".join(reason_text(code, lang) for code in codes)
            why.append(text.say(lang, data=scope_label(scope, lang), why=words))
    partly = told.verdict == "release" and (told.reasons or told.withheld)
    data = " · ".join(scope_label(each, lang) for each in told.released)
    if told.verdict == "release" and not by_desk:
        data = _("not shown to operators").say(lang)
    return [
        _who(told, by_desk, lang), _VERDICTS["partly" if partly else told.verdict].say(lang),
        told.clause or "–", data or "–", " · ".join(why) or "–",
    ]  # fmt: skip


def _happened(step: ToldStep, lang: str) -> str:
    if step.k == "withdrawn":
        return _("withdrawn by who sent it").say(lang)
    if step.k == "answered":
        return event_label(step.stage, lang)
    return act_text(f"ACK:{step.stage}", lang)


def _who(party: ToldParty, by_desk: bool, lang: str) -> str:
    role = role_label(party.role, lang) if party.role else "–"
    return f"{role} ({party.desk})" if by_desk and party.desk else role

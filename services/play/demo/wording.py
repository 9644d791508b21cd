"""The words in which a story tells what happened: one function a kind of line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from contracts.convention.model import Convention
from services.committee.texts import labels
from services.play.demo.screen import Lang, Said, moment_text, said


class Words:
    """The convention's words for desks, acts, scopes, reasons and doors.

    Args:
        convention: gives labels and the calendar.
        roles: short desk id -> role.
    """

    def __init__(self, convention: Convention, roles: Mapping[str, str]) -> None:
        self._convention = convention
        self._roles = roles

    def desk(self, desk: str, lang: Lang) -> str:
        """A desk by its role's label, with its id, by which the lines that follow name it."""
        label = labels.role_label(self._roles[desk], lang, self._convention)
        return f"{label} [{desk.upper()}]"

    def desks(self, desks: Iterable[str], lang: Lang) -> str:
        """Several desks, in a row."""
        *first, last = [self.desk(desk, lang) for desk in desks]
        joint = " et " if lang == "fr" else " and "
        return joint.join([", ".join(first), last]) if first else last

    def act(
        self,
        issuer: str,
        recipients: Sequence[str],
        etype: str,
        text: Said,
        *,
        grants: Sequence[str] = (),
        stage: str = "",
    ) -> Said:
        """Who sent what to whom.

        Args:
            grants: by which it was judged; the first names the act, else its type does.
            stage: of an acknowledgement, which names desks by their ids; else empty.
        """

        def words(lang: Lang) -> str:
            name = _ids if stage else lambda desks: self.desks(desks, lang)
            to = f" → {name(recipients)}" if recipients else ""
            act = f"ACK:{stage}"
            label = labels.act_text(act, lang) if stage else self._label(etype, grants, lang)
            own = text.of(lang)
            return f"{name([issuer])}{to}{_colon(lang)}{label}" + (f". {own}" if own else ".")

        return said(words)

    def _label(self, etype: str, grants: Sequence[str], lang: Lang) -> str:
        """What the clause calls the act (`requête`, `note d'incident`)."""
        by_id = {grant.id: grant for grant in self._convention.grants}
        named = [by_id[one].label[lang] for one in grants if one in by_id]
        return named[0] if named else labels.event_label(etype, lang)

    def arrived(self, desks: Sequence[str], grant: str, scopes: Iterable[str]) -> Said:
        """What desks got, and by which clause."""

        def words(lang: Lang) -> str:
            what = self.scopes(scopes, lang)
            clause = f" ({grant})" if grant else ""
            if not what:
                what = "un acte sans contenu" if lang == "fr" else "an act without content"
            return f"{_ids(desks)}{clause}{_colon(lang)}{what}"

        return said(words)

    def kept_back(
        self,
        desks: Sequence[str],
        scopes: Mapping[str, Sequence[str]],
        told: Sequence[str],
        *,
        by_router: bool,
    ) -> Said:
        """What desks did not get, and why, unless it was just told."""

        def words(lang: Lang) -> str:
            by: dict[str, list[str]] = {}
            for scope, why in scopes.items():
                text = "" if tuple(why) == tuple(told) else f" ({self.reasons(why, lang)})"
                by.setdefault(text, []).append(scope)
            what = "; ".join(self.scopes(some, lang) + text for text, some in by.items())
            if lang == "fr":
                head = "retenu par le bus" if by_router else "non publié"
                return f"{head}, pour {_ids(desks)}\u00a0: {what}"
            head = "withheld by the bus" if by_router else "not published"
            return f"{head}, for {_ids(desks)}: {what}"

        return said(words)

    def refused(self, desks: Sequence[str], reasons: Sequence[str], *, whole: bool) -> Said:
        """A refusal, with its coded reasons in words."""

        def words(lang: Lang) -> str:
            why = self.reasons(reasons, lang)
            if lang == "fr":
                head = "REFUSÉ" if whole else "retenu en entier"
                return f"{head}, pour {_ids(desks)}\u00a0: {why}"
            head = "REFUSED" if whole else "withheld as a whole"
            return f"{head}, for {_ids(desks)}: {why}"

        return said(words)

    def door(self, door: Mapping[str, str]) -> Said:
        """The right door: to whom, by which act, under which clause."""

        def words(lang: Lang) -> str:
            to = labels.role_label(door["role"], lang, self._convention)
            act = labels.event_label(door["event"], lang)
            purpose = labels.purpose_label(door["purpose"], lang)
            if lang == "fr":
                return f"la bonne porte\u00a0: {act} à {to}, pour {purpose} ({door['clause']})"
            return f"the right door: {act} to {to}, to {purpose} ({door['clause']})"

        return said(words)

    def owed(self, duties: Sequence[Mapping[str, Any]], due: int) -> Said:
        """Who owes whom what, by when; all of them the same act to the same desk."""
        one = duties[0]

        def words(lang: Lang) -> str:
            act = labels.act_text(one["act"], lang)
            when = moment_text(due, self._convention.calendar, lang)
            debtors, creditor = _ids(duty["debtor"] for duty in duties), one["creditor"].upper()
            if lang == "fr":
                verb = "doivent" if len(duties) > 1 else "doit"
                legal = " (délai légal)" if one["legal"] else ""
                return f"{debtors} {verb} à {creditor} {act}, au plus tard {when}{legal}"
            verb = "owe" if len(duties) > 1 else "owes"
            legal = " (set by law)" if one["legal"] else ""
            return f"{debtors} {verb} {creditor} {act}, by {when}{legal}"

        return said(words)

    def moved(self, duty: Mapping[str, Any], due: int) -> Said:
        """A deadline that the case clock moved."""

        def words(lang: Lang) -> str:
            act = labels.act_text(duty["act"], lang)
            when = moment_text(due, self._convention.calendar, lang)
            if lang == "fr":
                return f"l'échéance change\u00a0: {act}, désormais au plus tard {when}"
            return f"the deadline moves: {act}, now by {when}"

        return said(words)

    def done(self, duty: Mapping[str, Any]) -> Said:
        """A duty that is no longer open."""

        def words(lang: Lang) -> str:
            act = labels.act_text(duty["act"], lang)
            if lang == "fr":
                late = " (en retard)" if duty["overdue"] else ""
                return f"c'est fait{late}\u00a0: {act} par {duty['debtor'].upper()}"
            late = " (late)" if duty["overdue"] else ""
            return f"done{late}: {act} by {duty['debtor'].upper()}"

        return said(words)

    def overdue(self, duty: Mapping[str, Any]) -> Said:
        """A duty that fell due: both sides are told."""

        def words(lang: Lang) -> str:
            act = labels.act_text(duty["act"], lang)
            debtor, creditor = duty["debtor"].upper(), duty["creditor"].upper()
            if lang == "fr":
                return f"EN RETARD\u00a0: {debtor} doit toujours à {creditor} {act}"
            return f"OVERDUE: {debtor} still owes {creditor} {act}"

        return said(words)

    def scopes(self, scopes: Iterable[str], lang: Lang) -> str:
        """Scopes in words, in a row."""
        return ", ".join(labels.scope_label(one, lang, self._convention) for one in scopes)

    def reasons(self, reasons: Iterable[str], lang: Lang) -> str:
        """Reasons in words, in a row."""
        return "; ".join(labels.reason_text(one, lang) for one in reasons)


def _ids(desks: Iterable[str]) -> str:
    """Desks by their ids, as professionals call most of them."""
    return ", ".join(desk.upper() for desk in desks)


def _colon(lang: Lang) -> str:
    return "\u00a0: " if lang == "fr" else ": "


def utc(text: str) -> int:
    """Seconds since 1970 of an RFC 3339 instant, as the services write them."""
    return int(datetime.fromisoformat(text).timestamp())

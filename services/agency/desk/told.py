"""What a desk's page calls desks, clauses, scopes, acts and reasons: in words, with no code alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from contracts.convention.clauses import Grant
from contracts.vocabulary.schema import desk_urn
from contracts.vocabulary.scopes import CIVIL
from services.agency.office.fold.known_duties import ACKNOWLEDGED
from services.agency.office.inbox.arrival_words import TITLES
from services.agency.office.responses.sending import Remark
from services.agency.office.sending.identity import Agency
from services.agency.trade import trade_of
from services.labels.code_labels import (
    ACTS,
    EVENTS,
    PURPOSE_TEXTS,
    REASON_TEXTS,
    SCOPE_LABELS,
    STAGES,
)
from services.texts import Catalogue, Text, all_of, any_of, typeset

_ = Catalogue(__name__)

_DUE: Final = _("the writing that is due")
_ONLY_ROUTER: Final = _("this is only known once it has been sent")
_ENDS: Final = _("it ends soon; from now on, write to {heirs}")
_OWN: Final[dict[str, Text]] = {"internal": _("your service’s own business: it is sent to nobody")}
_REMARKS: Final[dict[str, Text]] = {
    "no_facts": _("it is sent no fact that was observed; such an alert can hardly be weighed"),
    "stage_not_expected": _("nobody expects this receipt"),
}


@dataclass(frozen=True, slots=True)
class DeskWords:
    """Words at an instant, for one language: names come from what is in force then."""

    agency: Agency
    at: int
    lang: str

    def desk(self, desk: str) -> str:
        """The name of a desk; its short id where the directory has none."""
        for realm, directory in self.agency.book(self.at).directories.items():
            if (entry := directory.desk(desk_urn(realm, desk))) is not None:
                return typeset(entry.label.get(self.lang) or desk.upper(), self.lang)
        return desk.upper()

    def desks(self, desks: tuple[str, ...]) -> str:
        """One of several: of heirs one has the case."""
        return any_of([self.desk(one) for one in desks], self.lang)

    def role(self, role: str, realm: str = CIVIL) -> str:
        """A role as a sentence names it, with its article."""
        convention, _directory = self.agency.in_force(realm, self.at)
        spec = convention.roles.get(role)
        return spec.named[self.lang] if spec else role

    def scope(self, scope: str) -> str:
        """A scope as lists show it."""
        text = SCOPE_LABELS.get(scope)
        return scope if text is None else text.say(self.lang)

    def scopes(self, scopes: tuple[str, ...]) -> str:
        """Several of them."""
        return all_of([self.scope(one) for one in scopes], self.lang)

    def grant(self, name: str, realm: str = CIVIL) -> Grant | None:
        """A grant or a clause of the convention in force, by its name."""
        for bus in (realm, *self.agency.realms):
            if bus in self.agency.registries:
                convention, _directory = self.agency.in_force(bus, self.at)
                for grant in convention.grants:
                    if name in (grant.id, grant.clause):
                        return grant
        return None

    def clause(self, name: str, realm: str = CIVIL) -> str:
        """A clause by what it is about, and its number."""
        grant = self.grant(name, realm)
        return typeset(f"{grant.label[self.lang]} ({grant.clause})", self.lang) if grant else name

    def reason(self, code: str) -> str:
        """Why something is not sent or not delivered."""
        text = REASON_TEXTS.get(code) or _OWN.get(code) or _ONLY_ROUTER
        return text.say(self.lang)

    def reasons(self, codes: tuple[str, ...]) -> str:
        """The most telling of them."""
        return self.reason(codes[0]) if codes else _ONLY_ROUTER.say(self.lang)

    def remark(self, remark: Remark) -> str:
        """What a desk may want to mend or add."""
        desk = self.desk(remark.desk) if remark.desk else ""
        text = _REMARKS.get(remark.cause)
        why = text.say(self.lang) if text else self.reason(remark.cause)
        if remark.cause == "desk_ends":
            heirs = tuple(remark.expected.split(" or "))
            why = _ENDS.say(self.lang, heirs=self.desks(heirs))
        return (
            f"{desk} : {why}" if desk and self.lang == "fr" else f"{desk}: {why}" if desk else why
        )

    def act(self, act: str) -> str:
        """What is owed: `ACK:received`, `R39:final`, `R26|R27`."""
        if act.startswith(ACKNOWLEDGED):
            stages = act.removeprefix(ACKNOWLEDGED).split("|")
            return any_of(
                [STAGES[one].say(self.lang) for one in stages if one in STAGES], self.lang
            )
        names, _colon, final = act.partition(":")
        known = [
            text.say(self.lang)
            for name in names.split("|")
            if (text := ACTS.get(f"{name}:{final}" if final else name) or ACTS.get(name))
        ]
        return any_of(known, self.lang) if known else _DUE.say(self.lang)

    def event(self, etype: str) -> str:
        """An event type as a noun."""
        return EVENTS[etype].say(self.lang) if etype in EVENTS else etype

    def title(self, etype: str, purpose: str | None) -> str:
        """What the desk has sent, as lists show it: by its type and purpose, else by its type."""
        text = TITLES.get(f"{etype} {purpose}") or TITLES.get(etype)
        return text.say(self.lang) if text else self.event(etype)

    def arrived(self, etype: str, purpose: str) -> str:
        """What was sent to the desk, in its agency's own words."""
        return trade_of(self.agency.name).words.title_of(etype, purpose).say(self.lang)

    def passed_on(self, clause: str, realm: str = CIVIL) -> str:
        """What was passed on, by the clause under which it was sent first; empty if there is none by now."""
        grant = self.grant(clause, realm)
        return self.arrived(grant.event, grant.purpose) if grant else ""

    def purpose(self, purpose: str | None) -> str:
        """A purpose as an infinitive; empty if there is none."""
        text = PURPOSE_TEXTS.get(purpose or "")
        return text.say(self.lang) if text else ""

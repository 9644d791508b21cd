"""The form of a draft: its head, its sections, and what of the convention a section lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
from contracts.vocabulary.scopes import RETENTION_CLASSES, SCOPES
from services.committee.texts.clause_sentence import generate
from services.committee.texts.french import capital
from services.committee.texts.labels import (
    agency_name,
    purpose_label,
    realm_label,
    role_label,
    scope_label,
)
from services.committee.texts.legal_texts import citations, unchecked_text
from services.committee.texts.origins import origin_texts
from services.operate.joining.request import RequestFile, role_grants
from services.texts import Catalogue, Text, series, typeset

_ = Catalogue(__name__)

_SENSITIVE: Final = _("may hold sensitive data, GDPR art. 9")
_OFFENCES: Final = _(
    "may tell of offences, GDPR art. 10 and art. 46 of the loi Informatique et libertés"
)
# Categories whose content may be health or sex life, and those that may tell of offences (domain §3).
_KINDS: Final = {
    "HEALTH": (_SENSITIVE,),
    "FACTS": (_SENSITIVE, _OFFENCES),
    "RISK": (_SENSITIVE,),
    "PROCEDURE": (_OFFENCES,),
}
_DAYS: Final = _.ngettext("{n} day", "{n} days")
_NOTHING: Final = _("Nothing.")
_SIGNED: Final = _("| Name | Function | Date | Signature |")
_WARNING: Final = _(
    "**Draft of {at}, without any legal validity.** `relais partner new` has filled it in from the convention, version {version} (digest `{convd}`), and from the desk’s request. It is no legal advice, and it binds nobody before those who answer for it have checked, completed and signed it. What stands in square brackets is to be completed."
)
_CRIMINAL: Final = _(
    "This desk acts on the criminal bus: there title III of the loi Informatique et libertés (art. 87 and following, directive (EU) 2016/680) takes the place of the GDPR. Articles of the GDPR named here are to be read as those of that title."
)
_HEAD: Final = (
    (_("Desk"), _("{label}, `{desk}`, role {role}, {realm} bus")),
    (_("Institution"), _("{Party}: [full name, address, legal representative]")),
)
_COMPLETED, _SIGNS = _("Completed by"), _("Signed by")


@dataclass(frozen=True, slots=True)
class JoiningDesk:
    """Of whom the drafts are.

    Attributes:
        sends, receives: grants by which its role may send, and by which it is sent.
        on: the day of the draft.
    """

    asked: RequestFile
    convention: Convention
    sends: tuple[Grant, ...]
    receives: tuple[Grant, ...]
    on: date

    def facts(self, lang: str) -> dict[str, object]:
        """What sentences name."""
        row = self.asked.row
        party = agency_name(row.agency, lang)
        return {
            "label": row.label.wire()[lang], "desk": row.desk, "role": role_label(row.role, lang, self.convention),
            "party": party, "Party": capital(party), "realm": realm_label(self.asked.realm, lang),
            "version": self.convention.version, "convd": self.asked.convd, "at": self.on,
        }  # fmt: skip

    @property
    def all(self) -> tuple[Grant, ...]:
        """Both ways."""
        return self.sends + self.receives


Listing = Callable[[JoiningDesk, str], Iterable[str]]
Section = tuple[Text, tuple[Text | Listing, ...]]


@dataclass(frozen=True, slots=True)
class LegalDraft:
    """A document to be checked, completed, signed and kept.

    Attributes:
        name: of its file, without language.
        completed, signs: who does.
    """

    name: str
    title: Text
    completed: Text
    signs: Text
    sections: tuple[Section, ...]

    def file(self, lang: str) -> str:
        """Its name among a partner's documents."""
        return f"{self.name}.{lang}.md"

    def page(self, of: JoiningDesk, lang: str) -> str:
        """The document in Markdown.

        Args:
            lang: `fr` or `en`.
        """
        facts = of.facts(lang)
        lines = [f"# {self.title.say(lang)}", "", f"> {_WARNING.say(lang, **facts)}", ""]
        rows = (*_HEAD, (_COMPLETED, self.completed), (_SIGNS, self.signs))
        lines += ["| | |", "|---|---|"]
        lines += [f"| {head.say(lang)} | {text.say(lang, **facts)} |" for head, text in rows]
        if of.asked.realm == "criminal":
            lines += ["", _CRIMINAL.say(lang)]
        for number, (title, contents) in enumerate(self.sections, 1):
            lines += ["", f"## {number}. {title.say(lang, **facts)}"]
            for content in contents:
                told = (
                    [content.say(lang, **facts)]
                    if isinstance(content, Text)
                    else [typeset(line, lang) for line in content(of, lang)]
                ) or [_NOTHING.say(lang)]
                is_list = told[0].startswith("- ") and lines[-1].startswith("- ")
                lines += told if is_list else ["", *told]
        return "\n".join([*lines, ""])


def sent(of: JoiningDesk, lang: str) -> Iterator[str]:
    """Clauses by which the desk may send."""
    return _clauses(of, of.sends, lang)


def received(of: JoiningDesk, lang: str) -> Iterator[str]:
    """Clauses by which it is sent."""
    return _clauses(of, of.receives, lang)


def _clauses(of: JoiningDesk, grants: tuple[Grant, ...], lang: str) -> Iterator[str]:
    """Each with its sentence, its legal basis and whose idea it is."""
    for grant in grants:
        yield f"- **{grant.id}** {generate(of.convention, grant, lang)}"
        told = series(origin_texts(of.convention, grant, grant.duties, lang), lang)
        basis = citations(of.convention, grant.basis, lang)
        yield "  " + _("*Basis: {basis}. Origin: {told}.*").say(lang, basis=basis, told=told)


def unchecked(of: JoiningDesk, lang: str) -> Iterator[str]:
    """How many of the convention's legal texts no lawyer has read."""
    said = unchecked_text(of.convention, lang)
    return iter([said] if said else [])


def purposes(of: JoiningDesk, lang: str, *, numbered: bool = True) -> Iterator[str]:
    """Why the desk sends and is sent, each with its clauses where these are wanted."""
    by: dict[str, list[str]] = {}
    for grant in of.all:
        by.setdefault(grant.purpose, []).append(grant.id)
    for purpose, ids in by.items():
        yield f"- {purpose_label(purpose, lang)}{_numbers(ids, numbered)}"


def _numbers(ids: list[str], numbered: bool) -> str:
    return f" ({', '.join(ids)})" if numbered else ""


def categories(of: JoiningDesk, lang: str, *, numbered: bool = True) -> Iterator[str]:
    """Data that any clause lets through to or from the desk, and by which article the law guards it more."""
    through = frozenset().union(*(grant.scopes for grant in of.all))
    for scope in (scope for scope in SCOPES if scope in through):
        kinds = [kind.say(lang) for kind in _KINDS.get(scope.partition(".")[0], ())]
        guarded = f" ({series(kinds, lang)})" if kinds and numbered else ""
        yield f"- {scope_label(scope, lang, of.convention)}{guarded}"


def excluded(of: JoiningDesk, lang: str) -> Iterator[str]:
    """Data that no clause lets the desk send or be sent, although a reader might expect it."""
    through = frozenset().union(*(grant.released for grant in of.all))
    traps = frozenset().union(*(grant.traps for grant in of.all)) - through
    for scope in (scope for scope in SCOPES if scope in traps):
        yield f"- {scope_label(scope, lang, of.convention)}"


def recipients(of: JoiningDesk, lang: str, *, numbered: bool = True) -> Iterator[str]:
    """Roles that the desk may send to."""
    pairs = ((role, one.id) for one in of.sends for role in one.recipients)
    return _roles(of, lang, pairs, numbered)


def issuers(of: JoiningDesk, lang: str, *, numbered: bool = True) -> Iterator[str]:
    """Roles from which it is sent."""
    pairs = ((role, one.id) for one in of.receives for role in one.issuers)
    return _roles(of, lang, pairs, numbered)


def _roles(
    of: JoiningDesk, lang: str, pairs: Iterator[tuple[str, str]], numbered: bool
) -> Iterator[str]:
    by: dict[str, list[str]] = {}
    for role, clause in pairs:
        by.setdefault(role, []).append(clause)
    for role, ids in by.items():
        yield f"- {role_label(role, lang, of.convention)}{_numbers(ids, numbered)}"


def retention(of: JoiningDesk, lang: str, *, numbered: bool = True) -> Iterator[str]:
    """Days after which the bus's copy can be opened no more, by class."""
    for keep, days in RETENTION_CLASSES.items():
        if ids := [grant.id for grant in of.all if grant.keep == keep]:
            yield f"- {_DAYS.say(lang, n=days)}{_numbers(ids, numbered)}"


def plainly(listing: Callable[..., Iterable[str]]) -> Listing:
    """A listing without numbers of clauses and articles: for families."""
    return partial(listing, numbered=False)


def signatures(_of: JoiningDesk, lang: str) -> Iterator[str]:
    """Lines to sign on."""
    yield from (_SIGNED.say(lang), "|---|---|---|---|", "| | | | |", "| | | | |")


def joining_desk(asked: RequestFile, convention: Convention, on: date) -> JoiningDesk:
    """Whom drafts are made for."""
    sends, receives = role_grants(convention, asked.realm, asked.row.role)
    return JoiningDesk(asked, convention, tuple(sends), tuple(receives), on)

"""The annex to the convention for one desk, and what else the law asks before it begins: a page to fill in and to sign.

Made of the convention's own sentences; nothing in it is decided here, and none of it is legal advice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.texts import Catalogue, Text

if TYPE_CHECKING:
    from contracts.convention.model import Convention
    from services.operate.joining.request import RequestFile

_ = Catalogue(__name__)

_PARTS: tuple[tuple[Text, Text], ...] = (
    (
        _("1. Signatories"),
        _("The party {party} signs the convention {version} (digest {convd}) by its own key, or joins it by a next version: `docs/change-the-convention.md`. On paper: name, function, date, signature of who commits the institution."),
    ),
    (
        _("2. Record of processing (GDPR, art. 30)"),
        _("Controller: {party}. Purpose and data: sections 5 and 6. Recipients: the roles that they name. Retention on the bus: as each clause says. Transfers outside the Union: none by the bus."),
    ),
    (
        _("3. Impact assessment (GDPR, art. 35)"),
        _("Minors, sensitive data, several controllers: an assessment is due before the first event. To attach: this page, `docs/specification` (what is sealed, who can open it), `SECURITY.md` (what is not hidden)."),
    ),
    (
        _("4. Information and secrecy"),
        _("How parents and minors are told (GDPR, art. 14; the clauses that say “informed”), who at {label} is bound by professional secrecy, who holds the desk's keys, whom to call when one is lost or stolen."),
    ),
)  # fmt: skip


def annex(asked: RequestFile, convention: Convention, lang: str) -> str:
    """The page, in Markdown.

    Args:
        lang: `fr` or `en`.
    """
    from services.committee.texts.clause_sentence import generate
    from services.committee.texts.labels import agency_name
    from services.operate.joining.request import role_grants

    row = asked.row
    facts = {
        "party": agency_name(row.agency, lang), "version": convention.version, "convd": f"`{asked.convd}`",
        "label": row.label.wire()[lang], "desk": f"`{row.desk}`", "role": row.role,
    }  # fmt: skip
    heading = _("Annex to the convention: {label}").say(lang, **facts)
    lines = [f"# {heading}", ""]
    lines += [_("Desk {desk}, role {role}, institution {party}.").say(lang, **facts), ""]
    for title, text in _PARTS:
        lines += [f"## {title.say(lang)}", "", text.say(lang, **facts), ""]
    own = role_grants(convention, asked.realm, row.role)
    for title, grants in zip(
        (_("5. What the desk may send"), _("6. What the desk is sent")), own, strict=True
    ):
        lines += [f"## {title.say(lang)}", ""]
        lines += [f"- **{grant.id}** {generate(convention, grant, lang)}" for grant in grants]
        lines += [] if grants else [_("Nothing.").say(lang)]
        lines += [""]
    return "\n".join(lines)

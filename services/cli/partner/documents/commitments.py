"""Drafts that the convention asks for: its annex for one desk, who is authorised, what the institution commits to.

Sources: the convention's clauses with their flags; CASF L. 226-2-2, Code pénal 226-13, GDPR art. 29, 32 and 33 (domain §3).
"""

from __future__ import annotations

from typing import Final

from services.cli.partner.documents.data_protection import CONTROLLERS, IMPACT, NOTICE, RECORD
from services.cli.partner.documents.draft import (
    JoiningDesk,
    LegalDraft,
    received,
    sent,
    signatures,
    unchecked,
)
from services.texts import Catalogue, Text

_ = Catalogue(__name__)

# Questions left to the signatories, by the roles that they concern (domain §3).
_OPEN: Final[tuple[tuple[frozenset[str], Text], ...]] = (
    (
        frozenset({"ASSO", "PSP"}),
        _(
            "- May an association hold data on offences (loi Informatique et libertés, art. 46)? To be settled before it is sent any."
        ),
    ),
    (
        frozenset({"POL"}),
        _(
            "- Do police and gendarmerie lend their assistance within CASF, art. L. 226-2-2? This is unsettled; no clause rests on it."
        ),
    ),
    (
        frozenset({"EDU-H"}),
        _(
            "- On which text may a head teacher be told who has custody of a child? To be settled; the ministry’s guide is strict."
        ),
    ),
)


def _questions(of: JoiningDesk, lang: str) -> list[str]:
    return [text.say(lang) for roles, text in _OPEN if of.asked.row.role in roles]


def _secrecy(of: JoiningDesk, lang: str) -> list[str]:
    bound = _("The convention takes role {role} as bound by professional secrecy (Code pénal, art. 226-13): on which ground, by profession or by mission, stands in the list [to be confirmed].")  # fmt: skip
    free = _("The convention does not take role {role} as bound by professional secrecy: it is sent nothing that only those who are may share. Discretion remains a duty.")  # fmt: skip
    return [(bound if of.asked.row.secrecy else free).say(lang, **of.facts(lang))]


ANNEX: Final = LegalDraft(
    "1-annex",
    _("Annex of adhesion to the convention"),
    _("{Party}, with the secretariat of the convention"),
    _("who may commit the institution, and whoever the convention names for the parties"),
    (
        (
            _("Adhesion"),
            (
                _(
                    "{Party} joins, for the desk “{label}”, the convention in its version {version}, in the role {role}. It has read the clauses below, and undertakes to send and to use what it is sent for the purposes that they name and for no other."
                ),
                _(
                    "An institution that is a party already signs by its own key, and this annex goes to the others for information. One that is none yet becomes a party by the next version of the convention, which all sign (`docs/change-the-convention.md`)."
                ),
            ),
        ),
        (_("What the desk may send"), (sent,)),
        (_("What the desk is sent"), (received,)),
        (
            _("How clauses are to be read"),
            (
                _(
                    "*Law*: a text obliges or expressly permits. *Practice*: services do so, no text says it. *Proposal*: the authors of the convention suggest it, and the signatories decide. The label concerns, one by one, the sending, each time limit and the choice of data."
                ),
                unchecked,
            ),
        ),
        (
            _("Beginning, change and end"),
            (
                _(
                    "The desk begins once the directory that lists it has been adopted, documents 2 to 7 are filed and the conformance report is green: [date]. It ends when a next directory lists it no more, on written notice of [period]; what it was sent before stays under its responsibility, and its duties are passed on or closed."
                ),
            ),
        ),
        (_("Questions left open"), (_questions,)),
        (_("Signatures"), (signatures,)),
    ),
)


def _persons(_of: JoiningDesk, lang: str) -> list[str]:
    columns = _("| Name, first name | Function | Secrecy: profession, mission or none | Reads | Writes | Holds keys | From | Until | Authorised by |")  # fmt: skip
    return [
        columns.say(lang),
        "|---|---|---|---|---|---|---|---|---|",
        *["| | | | | | | | | |"] * 4,
    ]


PERSONS: Final = LegalDraft(
    "6-persons",
    _("List of authorised persons"),
    _("the head of the service"),
    _("the head of the service, and each person for his or her own line"),
    (
        (
            _("Persons"),
            (
                _(
                    "By name, function and need to know; no shared account, no agent of a provider without a contract. **This list stays with the institution**: it is never sent over the bus, nor with the request."
                ),
                _persons,
            ),
        ),
        (_("Secrecy"), (_secrecy,)),
        (
            _("Rules"),
            (
                _(
                    "- A person who changes post or leaves is taken off the list the same day, and loses all access."
                ),
                _("- The list is read again every [six months] (proposal), and at each incident."),
                _(
                    "- At least two persons hold or can reach the desk’s keys; out of hours: [name, telephone]."
                ),
                _(
                    "- Each has read documents 5 and 7, and knows that look-ups are logged and may have to be justified."
                ),
            ),
        ),
    ),
)

SECURITY: Final = LegalDraft(
    "7-security",
    _("Security commitment (GDPR, art. 32)"),
    _("who answers for information security in the institution"),
    _("who represents the institution"),
    (
        (
            _("What the institution undertakes"),
            (
                _(
                    "- to make the desk’s keys itself and never to let them leave it; to keep them on encrypted storage, readable by the service alone, with a copy kept apart: what is sealed for a lost key cannot be opened by anybody;"
                ),
                _(
                    "- to say at once, to [telephone of the operators, day and night], that a key or a certificate is lost, stolen or suspected to be: it is then revoked;"
                ),
                _(
                    "- to notify a personal data breach to the other controllers at once, and to CNIL within 72 hours where art. 33 asks for it;"
                ),
                _(
                    "- to have software take every step of verification of the specification before it shows anything, and to file the signed report of the conformance kit, anew with each version: [version, date, digest of the report];"
                ),
                _(
                    "- to write no content, no name and no case’s pseudonym into logs, metrics, tickets or mails;"
                ),
                _(
                    "- to use synthetic data alone until the desk has begun, and never to copy real data into tests;"
                ),
                _(
                    "- to keep clocks right, to apply security updates within [period], to renew certificates before their end and keys before their last week;"
                ),
                _(
                    "- to open only what its service is competent for, and to bind its processors by a contract of art. 28;"
                ),
                _(
                    "- to telephone in an emergency, since the bus keeps only the trace of the call;"
                ),
                _(
                    "- when it leaves: to destroy keys, routing secret and copies, and to certify it in writing."
                ),
            ),
        ),
        (
            _("Contacts"),
            (
                _(
                    "Security: [name, telephone, mail]. Data protection: [name, telephone, mail]. Out of hours: [telephone]."
                ),
            ),
        ),
        (_("Signatures"), (signatures,)),
    ),
)

DRAFTS: Final = (ANNEX, RECORD, IMPACT, CONTROLLERS, NOTICE, PERSONS, SECURITY)

"""Drafts that the GDPR asks for: record of processing, impact assessment, joint controllers, information of persons.

Sources: GDPR art. 12 to 22, 26, 30, 33 to 36; domain §3 (legal rules, CNIL's référentiel of 20 January 2022).
"""

from __future__ import annotations

from typing import Final

from services.cli.partner.documents.draft import (
    LegalDraft,
    categories,
    excluded,
    issuers,
    plainly,
    purposes,
    recipients,
    retention,
    signatures,
)
from services.texts import Catalogue

_ = Catalogue(__name__)

_OFFICER: Final = _("the institution’s data-protection officer")
_CONTROLLER: Final = _("who represents the institution, as controller")
_PURPOSES: Final = _("Purposes")
_BASIS: Final = _(
    "Legal basis: legal obligation or task of public interest (GDPR, art. 6(1)(c) or (e)) [to be chosen], **never consent**. Sensitive data: art. 9(2)(g) or (h) with 9(3), and (c) in vital urgency [to be confirmed]."
)
_KEPT_BY_BUS: Final = _(
    "The bus’s copy can no longer be opened once the desk’s key for it is destroyed. That key is in use for 14 days. Counted from their end, it is destroyed, depending on the act, after:"
)
_KEPT_HERE: Final = _(
    "In the institution’s own files: [period]. CNIL’s référentiel on child protection (20 January 2022, not binding) sets two years after the last contact at most for files in use, unless another text does."
)
_LOG: Final = _(
    "The bus’s log keeps who sent what kind of thing to whom, when and by which clause, under a case’s pseudonym and without any content; it is kept without limit of time, which is to be justified in the impact assessment. An event’s evidence can be erased by a signed order."
)

RECORD: Final = LegalDraft(
    "2-record",
    _("Record of processing activities: entry for the bus (GDPR, art. 30)"),
    _OFFICER,
    _("no signature: the entry is kept, and shown to CNIL when it asks"),
    (
        (
            _("Who answers for it"),
            (
                _(
                    "Controller: [legal person, such as the Département, the State, an association], for {party} [address, telephone]. Joint controllers: [as in document 4]. Data-protection officer: [name, address, telephone]. Processors: [who runs the bus and hosts it, contract of art. 28]."
                ),
            ),
        ),
        (_PURPOSES, (purposes, _BASIS)),
        (
            _("Persons and categories of data"),
            (
                _(
                    "Minors in danger or at risk of being so; holders of parental authority, brothers and sisters; third parties named where a clause lets them be; professionals who write and read."
                ),
                categories,
                _(
                    "That a minor figures here may by itself reveal data on his or her sex life (GDPR, art. 9): everything is guarded as sensitive."
                ),
            ),
        ),
        (
            _("Recipients, and from whom data come"),
            (
                _("The desk sends to:"),
                recipients,
                _("The desk receives from:"),
                issuers,
                _(
                    "Router, operators and auditors receive no content: they have no key that opens it. They see desks, instants, kinds of act and cases’ pseudonyms."
                ),
            ),
        ),
        (
            _("Transfers outside the European Union"),
            (_("The bus makes none. Own tools and hosts of the institution: [to be stated]."),),
        ),
        (_("Retention"), (_KEPT_BY_BUS, retention, _KEPT_HERE, _LOG)),
        (
            _("Security measures (art. 32)"),
            (
                _(
                    "See document 7. In short: each item is sealed for its one desk and signed by its issuer; connections are authenticated on both sides; an institution can read its own inbox alone; every decision is logged, signed and can be audited."
                ),
            ),
        ),
    ),
)

IMPACT: Final = LegalDraft(
    "3-impact",
    _("Notes for the data-protection impact assessment (GDPR, art. 35)"),
    _("who leads the assessment, with the data-protection officer (art. 35(2))"),
    _CONTROLLER,
    (
        (
            _("Why an assessment is due"),
            (
                _(
                    "Sensitive data on a large scale, vulnerable persons, data sets of several institutions brought together: it is due **before the first real event**, and is best made once by all parties. This page is an extract for one desk, not the assessment."
                ),
            ),
        ),
        (
            _("Description (art. 35(7)(a))"),
            (
                _(
                    "Document 2 has purposes, data, recipients and periods. An issuer seals each category of data for each recipient and signs; the router, which can open nothing, lets through what a clause releases and says why it holds back the rest; the recipient verifies, opens and acknowledges."
                ),
            ),
        ),
        (
            _("Necessity and proportionality (art. 35(7)(b))"),
            (
                _(
                    "Each clause names one purpose, the data that it releases and those that it leaves out; most set conditions, such as information of the family or secrecy on both sides. Data that a reader might expect, and that no clause gives this desk:"
                ),
                excluded,
                _(
                    "Which flow, time limit and choice of data are law, practice or a proposal of the convention’s authors stands beside each clause in document 1. A proposal is no legal basis: each has to be justified here [to be completed]."
                ),
            ),
        ),
        (
            _("Risks for persons (art. 35(7)(c))"),
            (
                _(
                    "For each: severity and likelihood, from 1 to 4, before and after measures [to be assessed]."
                ),
                _(
                    "- **Somebody reads who should not**: a key is stolen, an agent looks out of curiosity. On the bus: one key a desk and week, signed covers, look-ups of accesses. Remains: whoever holds the desk’s key reads the desk’s inbox."
                ),
                _(
                    "- **It is known that a child is followed**: operators, router and auditors see which desks exchange under a pseudonym, and when. Remains: in a small territory that may be enough to guess."
                ),
                _(
                    "- **Too much is sent**: free text may hold what no clause releases, and a declared condition is worth its issuer’s word. Remains: to be checked by samples, off the bus."
                ),
                _(
                    "- **Two children are taken for one**: links between cases are made by people, and can be undone; the history stays."
                ),
                _(
                    "- **A message does not arrive, or late**: receipts and duties show it. Remains: the bus never replaces the telephone (17, 119, the duty magistrate)."
                ),
                _(
                    "- **A figure gives a child away**: cells of fewer than ten cases are hidden, and tables are protected together."
                ),
            ),
        ),
        (
            _("Measures, opinions and decision (art. 35(7)(d), 35(9), 36)"),
            (
                _(
                    "Measures: document 7, and `SECURITY.md`, which says what is prevented, what is only detected and what is not covered."
                ),
                _(
                    "Opinion of the data-protection officer: [date, opinion]. Views of the persons concerned or of those who speak for them: [how they were asked, or why not]. If the risk stays high: prior consultation of CNIL (art. 36) [yes or no]."
                ),
                signatures,
            ),
        ),
    ),
)

CONTROLLERS: Final = LegalDraft(
    "4-controllers",
    _("Arrangement between joint controllers: extract for one desk (GDPR, art. 26)"),
    _("the data-protection officers of the parties"),
    _("who represents each party to the convention"),
    (
        (
            _("Who determines purposes and means"),
            (
                _(
                    "By the convention the parties fix purposes and data together; each institution decides alone what it sends and what it does with what it receives. **Who is controller of the bus itself is an open question of the convention** and has to be settled by its signatories: [joint controllers, or one party on behalf of the others]."
                ),
            ),
        ),
        (
            _("Who does what"),
            (
                _(
                    "Each line is a proposal, to be kept or changed. Persons may exercise their rights with each of the controllers, whatever is agreed here (art. 26(3))."
                ),
                _(
                    "- Information of parents and minors (art. 13 and 14): the institution that collects the data from them; towards those whom it has not met, the first that is lawfully in contact. Text: document 5."
                ),
                _(
                    "- Requests for access, rectification, limitation or objection (art. 15 to 21): the institution asked answers for its own files within a month (art. 12(3)), and tells the others which of their data are concerned."
                ),
                _("- Contact point for persons: [service, address, telephone]."),
                _(
                    "- Personal data breach (art. 33 and 34): who finds it tells the other parties at once and at the latest within [24] hours; the controller whose data are concerned notifies CNIL within 72 hours."
                ),
                _("- Impact assessment: one for all parties, led by [party]."),
                _(
                    "- Security of the desk and of its keys: {party}. Security of router, brokers and log: [operator], as processor under a contract of art. 28. Hosting of health data: whether a certified host is needed (Code de la santé publique, art. L. 1111-8) is [to be checked by a lawyer]."
                ),
                _(
                    "- Accuracy: who has sent an error says so by a withdrawal or a correction; recipients carry it over into their files."
                ),
            ),
        ),
        (
            _("What is made available to persons (art. 26(2))"),
            (
                _(
                    "The essence of this arrangement, published by each party [where]: who the parties are, who informs, where rights are exercised."
                ),
            ),
        ),
        (_("Signatures"), (signatures,)),
    ),
)

NOTICE: Final = LegalDraft(
    "5-notice",
    _("Information notice for parents and minors (GDPR, art. 12 to 14)"),
    _("the service that meets families, with the data-protection officer"),
    _CONTROLLER,
    (
        (
            _("For you who are a child or a teenager"),
            (
                _(
                    "Some adults whose work is to protect children may have to speak to each other about what worries them for you. They write only what is needed, and only to those who can help. You may ask who has written about you and what, and say that something is wrong. If you are in danger now: call 119, day or night, free of charge; it does not show on the bill."
                ),
            ),
        ),
        (
            _("Who uses your data, and why"),
            (
                _(
                    "{Party} ({label}) [address], with the other parties to the convention [list]. Data-protection officer: [name, address]. For these purposes:"
                ),
                plainly(purposes),
                _BASIS,
            ),
        ),
        (
            _("Which data, from whom, to whom"),
            (
                plainly(categories),
                _("They may come from:"),
                plainly(issuers),
                _("They may be passed to:"),
                plainly(recipients),
                _("They are not sent outside the European Union by the bus."),
            ),
        ),
        (_("For how long"), (_KEPT_BY_BUS, plainly(retention), _KEPT_HERE, _LOG)),
        (
            _("Your rights"),
            (
                _(
                    "You may ask for access to your data, for their rectification, or that their use be limited (art. 15, 16 and 18); object to it where it rests on a task of public interest, not on a legal obligation (art. 21); erasure only within the limits of art. 17. A minor exercises these rights as the law provides, alone or with the holders of parental authority [to be stated]. Write to: [contact point]. You are answered within a month. You may complain to CNIL (www.cnil.fr)."
                ),
                _(
                    "No decision about a child is taken by a machine: the bus passes on or holds back what professionals have written (art. 22)."
                ),
            ),
        ),
        (
            _("When this notice is given, and when not yet"),
            (
                _(
                    "Parents, and the minor according to age and maturity, are told before, unless that would be contrary to the child’s interest (CASF, art. L. 226-2-1 and L. 226-2-2); the reason is then recorded by a code, and who decides to defer it is [function]. Data that were not collected from the persons: within a month at most, unless an exception of art. 14(5) applies. Criminal inquiries follow rules of their own."
                ),
            ),
        ),
    ),
)

"""The tables behind `labels`: code -> text. No logic; reviewed as text, its French in `fr.po`."""

from __future__ import annotations

from typing import Final

from services.texts import Catalogue, Text

_ = Catalogue(__name__)
Table = dict[str, Text]

REASON_TEXTS: Final[Table] = {
    "no_clause": _("no clause of the convention provides for sending this to this recipient"),
    "unknown_desk": _("the recipient is not in the directory"),
    "desk_ended": _("the recipient has ended; another desk has followed it"),
    "issuer_ended": _("the sender has ended: it may only answer, withdraw or end what was before"),
    "not_read": _("the recipient's software does not read this kind of event in this version"),
    "not_permitted": _("the clause does not provide for this data for this recipient"),
    "hard_denial": _(
        "this data never goes from this sender to this recipient, whatever a clause says"
    ),
    "wrong_retention": _(
        "the data is sealed for another retention class than the clause's (the convention may just "
        "have changed: send it again)"
    ),
    "not_informed": _(
        "informing parents and minor, or the reason for an exemption, is not declared"
    ),
    "issuer_not_secrecy_bound": _("the sender is not bound by professional secrecy"),
    "recipient_not_secrecy_bound": _("the recipient is not bound by professional secrecy"),
    "not_assigned": _("the recipient does not, to date, take part in this case"),
    "no_call": _("urgency supposes a phone call first, and none is logged"),
    "danger_not_qualified": _("the sender has not qualified the danger"),
    "no_authorisation": _("the prosecutor's authorisation is not referenced"),
    "inquiry_not_declared": _("whether there is an inquiry is not declared"),
    "parents_not_told": _(
        "the parents have not been told in writing and no deferral is authorised"
    ),
    "parents_not_agreed": _("the parents' agreement to the measure is not declared"),
    "no_open_measure": _("no open educational assistance measure is known or declared"),
    "not_a_copy": _("the event does not name the report that it would copy"),
    "not_in_original": _("this data was not part of the report that it copies"),
    "not_own_ip": _("the recipient is not the author of the alert that is answered"),
    "not_own_report": _("the recipient is not the author of the report that is answered"),
    "not_own_st": _("the recipient is not the author of the instruction that is answered"),
    "no_parts": _("the event has no content"),
    "nothing_released": _("nothing addressed to this recipient may be delivered to it"),
    "ends_not_own": _("the event that was to end is not the sender's"),
    "not_sent": _("the convention would have allowed it, the sender did not send it"),
    "not_delivered": _("the event that is named was not delivered to this desk"),
    "stage_missing": _("the acknowledgement does not say which stage it confirms"),
    "stage_repeated": _("this stage has been confirmed already"),
    "not_own_event": _("only the sender of the event may withdraw it"),
    "not_linkable": _(
        "this link is not possible: it is the CRIP's to make, between two different cases"
    ),
    "not_reference": _(
        "only a reference service that takes part in the case may do this; whether there is such a "
        "case is not said"
    ),
    "attempt": _("attempt without content: nothing left the sender, the refusal is recorded"),
    "publication_only": _("these figures are published, they are not sent to any desk"),
    "not_for_outbox": _("only the bus issues this type of event"),
}

CONDITION_TEXTS: Final[Table] = {
    "informed": _("parents and minor have been informed, or a reason for an exemption is declared"),
    "secrecy": _("sender and recipient are bound by professional secrecy"),
    "assigned": _("the recipient already takes part in the case"),
    "urgent": _("urgency is declared and the phone call logged"),
    "danger": _("the sender declares the danger"),
    "authorised": _("the prosecutor's authorisation is referenced"),
    "authorised_if_inquiry": _(
        "an inquiry is declared or ruled out and, if there is one, its authorisation referenced"
    ),
    "parents_told": _(
        "the parents have been told in writing, or the prosecutor has authorised a deferral"
    ),
    "parents_agree": _("the parents agree to the measure"),
    "measure_open": _("an educational assistance measure is open"),
    "copy_of": _("every item was already part of the report that it copies"),
    "own_ip": _("the recipient is itself the author of the alert"),
    "own_report": _(
        "the recipient is itself the author of the report, or the investigator instructed"
    ),
    "own_st": _("the recipient is itself the author of the instruction"),
}

REALM_LABELS: Final[Table] = {
    "civil": _.pgettext("bus", "civil"),
    "criminal": _.pgettext("bus", "criminal"),
}

EVENTS: Final[Table] = {
    "IP": _("child-concern alert"),
    "SIG": _("report to the prosecutor"),
    "EVALREQ": _("request for evaluation"),
    "EVALREP": _("evaluation report"),
    "SPECREF": _("specialist referral"),
    "ST": _("prosecutor's instruction"),
    "MEASURE": _("measure"),
    "MISSING": _("missing minor"),
    "HEARING": _("hearing"),
    "FEEDBACK": _("feedback"),
    "COORD": _("coordination"),
    "STAT": _("statistics"),
    "ACK": _("acknowledgement"),
    "WITHDRAW": _("withdrawal"),
    "LINK": _("link"),
    "UNLINK": _("end of a link"),
    "LOOKUP": _("look-up of a case"),
    "PING": _("a desk’s test of its way through the bus"),
    "REFUSE": _("refusal"),
    "OVERDUE": _("overdue notice"),
}

PURPOSE_TEXTS: Final[Table] = {
    "assess": _("assess the alert"),
    "adapt_measure": _("adapt the current measure"),
    "protect_now": _("protect without delay"),
    "avoid_duplicates": _("avoid duplicates"),
    "seize_judge": _("bring the case before the juvenile judge"),
    "evaluate": _("evaluate the situation"),
    "contribute": _("contribute to the evaluation"),
    "decide": _("decide what follows"),
    "joint_evaluation": _("evaluate jointly"),
    "investigate": _("investigate"),
    "notice_706_49": _("inform the judge already seized"),
    "execute_opp": _("carry out the emergency placement order"),
    "execute": _("carry out the judge's decision"),
    "mjie": _("carry out the judicial investigation"),
    "judge": _("inform the judge's decision"),
    "aed_home": _("provide educational support at home"),
    "specialist_followup": _("provide specialist follow-up"),
    "progress": _("report on progress"),
    "keep_schooling": _("keep the minor in school"),
    "search": _("search for the minor"),
    "protect": _("protect the missing minor"),
    "return": _("arrange the return"),
    "absence_code": _("account for the absence from school"),
    "be_present": _("have someone present at the hearing"),
    "close_loop": _("make the outcome known"),
    "invite": _("bring the services together"),
    "decisions": _("carry out what was decided together"),
    "observe": _("observe child protection"),
    "steer": _("steer the convention"),
    "acknowledge": _("acknowledge"),
    "withdraw": _("withdraw an event"),
}

STAGES: Final[Table] = {
    "received": _("an acknowledgement of receipt"),
    "accepted": _("an acceptance"),
    "declined": _("a refusal explained off the bus"),
    "started": _("notice of the start"),
    "decided": _("notice that the decision is taken"),
    "withdrawn": _("confirmation of the withdrawal"),
    "unreadable": _("notice that the event is unreadable"),
}

ACTS: Final[Table] = {
    "R11": _("the copy of the report"),
    "R12": _("the Department's report"),
    "R16": _("the contribution to the evaluation"),
    "R17": _("the contribution to the evaluation"),
    "R18": _("the evaluation report"),
    "R23": _("the application to the judge"),
    "R26": _("the decision"),
    "R27": _("the order of investigation"),
    "R28": _("the report to the judge"),
    "R31": _("a progress note"),
    "R38": _("the reply about presence"),
    "R39": _("a reply"),
    "R39:final": _("a reply on the final outcome"),
    "R40": _("the outcome"),
    "R41": _("the outcome of the report"),
}

# As the shipped file has them; a test holds both together.
AGENCY_NAMES: Final[Table] = {
    "education": _("the schools’ administration"),
    "police": _("the police"),
    "justice": _("the courts"),
    "child_welfare": _("the child welfare service"),
    "association": _("the association"),
}
ROLE_LABELS: Final[Table] = {
    "EDU-S": _("School social and health service"),
    "EDU-H": _("Head teacher, local education authority"),
    "POL": _("Police and gendarmerie"),
    "PARQ-CIV": _("Juvenile prosecutor, civil protection"),
    "PARQ-CRIM": _("Juvenile prosecutor, criminal action"),
    "JE": _("Juvenile court judge"),
    "PJJ": _("Judicial youth service, authorised investigators"),
    "CRIP": _("Child-concern intake unit"),
    "ASE": _("Child welfare service, evaluators included"),
    "PMI": _("Mother-and-infant health"),
    "HOME": _("Residential care"),
    "MO": _("Home-based support"),
    "ASSO": _("Specialist association"),
    "PSP": _("Street outreach"),
    "ODPE": _("the departmental observatory (ODPE)"),
    "ONPE": _("the national observatory (ONPE)"),
    "OBSERVATOIRE": _("the Observatory of violence against women"),
    "COPIL": _("the steering committee"),
    "MMPCR": _("the metropolitan mission on risky behaviours (MMPCR)"),
    "BUS": _("the bus"),
}

# As a sentence names them, with their articles.
ROLE_NAMES: Final[Table] = {
    "EDU-S": _("the school social and health service"),
    "EDU-H": _("the head teacher (or local education authority)"),
    "POL": _("the police and gendarmerie"),
    "PARQ-CIV": _("the juvenile prosecutor (civil protection)"),
    "PARQ-CRIM": _("the juvenile prosecutor (criminal action)"),
    "JE": _("the juvenile court judge"),
    "PJJ": _("the judicial youth service (authorised investigators included)"),
    "CRIP": _("the child-concern intake unit (CRIP)"),
    "ASE": _("the child welfare service (ASE)"),
    "PMI": _("the mother-and-infant health service (PMI)"),
    "HOME": _("the residential home"),
    "MO": _("the home-based support service"),
    "ASSO": _("the specialist association"),
    "PSP": _("the street outreach team"),
}

SCOPE_LABELS: Final[Table] = {
    "IDENTITY": _("identity"),
    "IDENTITY.description": _("physical description and photograph"),
    "CONTACT": _("contact details"),
    "FAMILY": _("family (parental authority, siblings)"),
    "SCHOOLING": _("schooling"),
    "FACTS": _("observed facts and quoted words"),
    "FACTS.summary": _("summary of the facts"),
    "FACTS.third_party": _("named third parties"),
    "FACTS.source": _("identity of the private person who alerted"),
    "RISK": _("appraisal of danger"),
    "RISK.level": _("coded level of danger"),
    "RISK.flags": _("coded danger flags"),
    "RISK.safety": _("short safety note"),
    "HEALTH": _("health (full data)"),
    "HEALTH.vital": _("vital or directly observed signs"),
    "PROCEDURE": _("criminal procedure"),
    "PROCEDURE.reference": _("case number"),
    "PROCEDURE.status": _("procedure status code"),
    "PROCEDURE.hearing": _("date and place of the hearing"),
    "MEASURE": _("measure and custodian"),
    "MEASURE.proposal": _("proposed measure"),
    "MEASURE.actions": _("agreed actions"),
    "MEASURE.attendance": _("attendance"),
    "MEASURE.custodian": _("custodian's contact"),
    "LOCATION": _("last known place"),
    "CODE.questions": _("coded questions"),
    "CODE.outcome": _("outcome code"),
    "CODE.attendance": _("attendance code"),
    "CODE.absence": _("absence code"),
    "CODE.meeting": _("coded meeting"),
    "STAT.counts": _("counts of at least ten"),
}

# The French article of each scope's label; English needs none.
SCOPE_ARTICLES: Final[dict[str, str]] = {
    "IDENTITY": "l'", "IDENTITY.description": "la ", "CONTACT": "les ", "FAMILY": "la ",
    "SCHOOLING": "la ", "FACTS": "les ", "FACTS.summary": "le ", "FACTS.third_party": "les ",
    "FACTS.source": "l'", "RISK": "l'", "RISK.level": "le ", "RISK.flags": "les ",
    "RISK.safety": "la ", "HEALTH": "la ", "HEALTH.vital": "les ", "PROCEDURE": "la ",
    "PROCEDURE.reference": "le ", "PROCEDURE.status": "le ", "PROCEDURE.hearing": "la ",
    "MEASURE": "la ", "MEASURE.proposal": "la ", "MEASURE.actions": "les ",
    "MEASURE.attendance": "l'", "MEASURE.custodian": "le ", "LOCATION": "le ",
    "CODE.questions": "les ", "CODE.outcome": "le ", "CODE.attendance": "le ",
    "CODE.absence": "le ", "CODE.meeting": "la ", "STAT.counts": "les ",
}  # fmt: skip

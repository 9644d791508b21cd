"""What an agency's records and members are called on a form, with help; French: `fr.po`.

A member means one thing in all records, or nearly: where a schema means something else by it, the
entry is `Schema.member`, or `record.member` of a record's kind. A member without an entry is called
as a body's member is (`body_labels.py`).
"""

from __future__ import annotations

from typing import Final

from services.labels.body_labels import FIELD_LABELS, VALUE_LABELS
from services.labels.code_labels import ROLE_NAMES
from services.texts import Catalogue, Text

_ = Catalogue(__name__)
Table = dict[str, Text]

KIND_LABELS: Final[Table] = {
    "information_preoccupante": _.pgettext("record", "Child-concern alert"),
    "signalement": _.pgettext("record", "Grave report to the prosecutor"),
    "signalement_copy": _.pgettext("record", "Copy of a grave report"),
    "evaluation_contribution": _.pgettext("record", "Contribution to an evaluation"),
    "police_notification": _.pgettext("record", "Note to the police"),
    "withdrawal": _.pgettext("record", "Withdrawal"),
    "evaluation_report": _.pgettext("record", "Evaluation report"),
    "progress_report": _.pgettext("record", "The month’s progress"),
    "hearing_reply": _.pgettext("record", "Reply to a hearing"),
    "crip_signalement": _.pgettext("record", "Referral to the prosecutor"),
    "evaluation_request": _.pgettext("record", "Request for an evaluation"),
    "contribution_request": _.pgettext("record", "Questions to a service"),
    "link": _.pgettext("record", "Link between two cases"),
    "unlink": _.pgettext("record", "End of a link between two cases"),
    "feedback": _.pgettext("record", "Outcome given to who alerted"),
    "specialist_referral": _.pgettext("record", "Specialist referral"),
    "aed": _.pgettext("record", "Home-based educational action"),
    "measure_end": _.pgettext("record", "End of a measure"),
    "schooling_notice": _.pgettext("record", "Whom the school calls"),
    "absence_notice": _.pgettext("record", "Absence code for the school"),
    "coordination_invitation": _.pgettext("record", "Invitation to a case meeting"),
    "coordination_decisions": _.pgettext("record", "Decisions of a case meeting"),
    "incident_note": _.pgettext("record", "Incident note"),
    "runaway": _.pgettext("record", "Declaration of a runaway"),
    "runaway_end": _.pgettext("record", "End of a runaway"),
    "measure_report": _.pgettext("record", "Report on a measure"),
    "minor_information": _.pgettext("record", "Information on a minor"),
    "found_minor": _.pgettext("record", "Minor found"),
    "hearing_notice": _.pgettext("record", "Notice of a hearing"),
    "inquiry_report": _.pgettext("record", "Report of an inquiry"),
    "soit_transmis": _.pgettext("record", "Instruction of the prosecutor"),
    "judge_seizure": _.pgettext("record", "Petition to the juvenile judge"),
    "notice_706_49": _.pgettext("record", "Notice of a criminal case"),
    "opp": _.pgettext("record", "Emergency placement order"),
    "decision": _.pgettext("record", "Decision of the juvenile judge"),
    "mjie_order": _.pgettext("record", "Order of a judicial investigation"),
    "investigation_report": _.pgettext("record", "Report of the investigation"),
    "department_feedback": _.pgettext("record", "Follow-up given to the Department"),
    "report_outcome": _.pgettext("record", "Outcome of a report"),
}

_AGE: Final = _.pgettext("member", "Age in years, if the date of birth is not known")
MEMBER_LABELS: Final[Table] = {
    "reference": _.pgettext("member", "Your own file number"),
    "to": _.pgettext("member", "Recipients"),
    "pupil": _.pgettext("member", "The pupil"),
    "young_person": _.pgettext("member", "The young person"),
    "child": _.pgettext("member", "The child"),
    "minor": _.pgettext("member", "The minor"),
    "known_as": _.pgettext("member", "First name, or the name that she or he goes by"),
    "last_name": _.pgettext("member", "Family name"),
    "family_name": _.pgettext("member", "Family name"),
    "surname": _.pgettext("member", "Family name"),
    "age": _AGE,
    "approximate_age": _AGE,
    "ine": _.pgettext("member", "National pupil number (INE)"),
    "parents": _.pgettext("member", "Parents, or who has parental authority"),
    "siblings": _.pgettext("member", "Brothers and sisters"),
    "family_situation": _.pgettext("member", "What is known of the family"),
    "establishment": _.pgettext("member", "The school"),
    "Establishment.name": _.pgettext("member", "Name of the school"),
    "Establishment.level": _.pgettext("member", "Class level"),
    "School.level": _.pgettext("member", "Class level"),
    "uai": _.pgettext("member", "National number of the school (UAI)"),
    "form": _.pgettext("member", "Class"),
    "school": _.pgettext("member", "Schooling"),
    "absences": _.pgettext("member", "Absences"),
    "half_days": _.pgettext("member", "Half days of absence"),
    "unjustified": _.pgettext("member", "Of these, without an excuse"),
    "remarks": _.pgettext("member", "What the school notices"),
    "observations": _.pgettext("member", "What was observed"),
    "seen_on": _.pgettext("member", "Seen on"),
    "seen": _.pgettext("member", "What was seen"),
    "on": _.pgettext("member", "On which day"),
    "observed": _.pgettext("member", "What was seen or heard"),
    "words": _.pgettext("member", "The words as they were said"),
    "quoted": _.pgettext("member", "The words as they were said"),
    "named_persons": _.pgettext("member", "Other persons who are named"),
    "peers": _.pgettext("member", "Other minors or persons who are named"),
    "exploiters": _.pgettext("member", "Persons suspected of exploitation"),
    "residents": _.pgettext("member", "Other residents who are named"),
    "suspects": _.pgettext("member", "Suspects"),
    "witnesses": _.pgettext("member", "Witnesses"),
    "who": _.pgettext("member", "Who this person is"),
    "role": _.pgettext("member", "Part in what happened"),
    "link": _.pgettext("member", "What links this person to the minor"),
    "peer": _.pgettext("member", "The other case"),
    "appraisal": _.pgettext("member", "How you appraise the danger"),
    "level": _.pgettext("member", "How grave it is"),
    "flags": _.pgettext("member", "What points to danger"),
    "runaway.flags": _.pgettext("member", "Coded signs of danger, for the police alone"),
    "reasons": _.pgettext("member", "Why you appraise it so"),
    "resources": _.pgettext("member", "What protects the minor"),
    "signs": _.pgettext("member", "Signs of health that you have seen, or that may save a life"),
    "condition": _.pgettext("member", "Signs of health when found"),
    "signs_note": _.pgettext("member", "These signs in your words"),
    "condition_note": _.pgettext("member", "These signs in your words"),
    "nurse_note": _.pgettext("member", "What the school nurse saw"),
    "health_note": _.pgettext("member", "What was seen of her or his health"),
    "medical_file": _.pgettext("member", "Medical file"),
    "mother_medical_file": _.pgettext("member", "The mother’s medical file"),
    "therapeutic_notes": _.pgettext("member", "Notes of care"),
    "notes": _.pgettext("member", "Your own notes"),
    "confidences": _.pgettext("member", "What she or he told you in confidence"),
    "said_by_minor": _.pgettext("member", "What the minor said"),
    "worker": _.pgettext("member", "Who follows the young person in your service"),
    "followup_number": _.pgettext("member", "Number of your follow-up file"),
    "meeting_place": _.pgettext("member", "Where the young person is now"),
    "place": _.pgettext("member", "Place"),
    "Place.kind": _.pgettext("member", "Kind of place"),
    "PupilPlace.kind": _.pgettext("member", "Kind of place"),
    "PupilPlace.name": _.pgettext("member", "Place"),
    "FindingPlace.kind": _.pgettext("member", "Kind of place"),
    "LastSeen.kind": _.pgettext("member", "Kind of place"),
    "Whereabouts.kind": _.pgettext("member", "Kind of place"),
    "whereabouts": _.pgettext("member", "Where the minor is now"),
    "last_seen": _.pgettext("member", "Where the minor was last seen"),
    "finding_place": _.pgettext("member", "Where the minor was found"),
    "known_measure": _.pgettext("member", "Measure that you know of"),
    "measure_in_force": _.pgettext("member", "Measure in force"),
    "in_force": _.pgettext("member", "Measure in force"),
    "requested": _.pgettext("member", "Measure that is asked for"),
    "proposed": _.pgettext("member", "Measures that you propose"),
    "proposal": _.pgettext("member", "Why you propose them"),
    "told": _.pgettext("member", "Whether the family was told"),
    "Told.parents": _.pgettext("member", "The parents"),
    "Told.minor": _.pgettext("member", "The minor"),
    "danger": _.pgettext("member", "In your judgement the minor is in danger"),
    "call": _.pgettext("member", "The phone call that came first"),
    "PhoneCall.to": _.pgettext("member", "Who was called"),
    "at": _.pgettext("member", "Day and time"),
    "authorisation": _.pgettext("member", "The prosecutor has authorised it"),
    "inquiry_open": _.pgettext("member", "A criminal inquiry is open"),
    "measure_open": _.pgettext("member", "An educational measure of the judge is open"),
    "parents_told": _.pgettext("member", "How the parents were told"),
    "parents_agree": _.pgettext("member", "The parents agree"),
    "final": _.pgettext("member", "This is your last word on this request"),
    "attends": _.pgettext("member", "Somebody of your service will be there"),
    "month": _.pgettext("member", "Month"),
    "planned": _.pgettext("member", "Meetings planned"),
    "kept": _.pgettext("member", "Meetings that took place"),
    "departmental_file": _.pgettext("member", "Number of the Department’s file"),
    "snated_number": _.pgettext("member", "Number given by 119"),
    "runaway_number": _.pgettext("member", "Your number of this runaway"),
    "procedure_number": _.pgettext("member", "Number of the procedure"),
    "parquet_number": _.pgettext("member", "Number at the prosecutor’s office"),
    "rg_number": _.pgettext("member", "Number in the general register"),
    "pjj_file_number": _.pgettext("member", "Number of the youth service’s file"),
    "alerter": _.pgettext("member", "Who alerted"),
    "Alerter.kind": _.pgettext("member", "Kind of person"),
    "alert_summary": _.pgettext("member", "The alert in short"),
    "case_summary": _.pgettext("member", "The case in short"),
    "summary": _.pgettext("member", "In short"),
    "qualification": _.pgettext("member", "How the facts are qualified"),
    "instruction": _.pgettext("member", "What is asked"),
    "request": _.pgettext("member", "Kind of request"),
    "report": _.pgettext("member", "The report"),
    "documents": _.pgettext("member", "Documents that go with it"),
    "statements": _.pgettext("member", "What was stated"),
    "criminal_file": _.pgettext("member", "From the criminal file"),
    "criminal_note": _.pgettext("member", "On the criminal side"),
    "inquiry_acts": _.pgettext("member", "Acts of the inquiry"),
    "inform_judge": _.pgettext("member", "The judge is told as well"),
    "unit": _.pgettext("member", "Unit"),
    "explanation": _.pgettext("member", "Explanation"),
    "grounds": _.pgettext("member", "Grounds of the decision"),
    "frame": _.pgettext("member", "Frame of the referral"),
    "follow_up_until": _.pgettext("member", "Followed until"),
    "contract_on": _.pgettext("member", "Day of the contract"),
    "opp_decided_on": _.pgettext("member", "Day of the emergency placement"),
    "earlier_on": _.pgettext("member", "Day of the earlier case"),
    "confirmed": _.pgettext("member", "The link is confirmed"),
    "renewal": _.pgettext("member", "It renews an earlier measure"),
    "ended_on": _.pgettext("member", "Ended on"),
    "reason": _.pgettext("member", "Reason"),
    "cause": _.pgettext("member", "Cause"),
    "minutes": _.pgettext("member", "Length in minutes"),
    "premises": _.pgettext("member", "At whose premises"),
    "hearing": _.pgettext("member", "The hearing"),
    "appearance": _.pgettext("member", "What helps to find the minor"),
    "returned_to": _.pgettext("member", "Taken back to"),
    "entrusted_to": _.pgettext("member", "Entrusted to"),
    "operator": _.pgettext("member", "Service that carries it out"),
    "closed": _.pgettext("member", "The search is over"),
    "safety_note": _.pgettext("member", "What whoever receives the minor must know at once"),
    "schooling": _.pgettext("member", "Schooling"),
}

HELP: Final[Table] = {
    "reference": _(
        "The same number for the same child, always: by it what you send later is joined to what "
        "you sent before. "
        "Only your service can read the number itself; no name in it."
    ),
    "observations": _(
        "What you or a colleague saw and heard, day by day, without judgement. No names of other "
        "minors or adults here."
    ),
    "quoted": _("Word for word, between quotation marks."),
    "words": _("Word for word, between quotation marks."),
    "told": _(
        "The law asks to tell parents and child before, unless it goes against the child’s "
        "interest. It asks for no consent."
    ),
    "danger": _("Say yes only if you have weighed it: you sign it."),
    "call": _(
        "In an emergency one calls first: 17, 119, or the duty magistrate. What you send here is "
        "the written trace of that call."
    ),
    "known_as": _("A first name or a nickname is enough; no name is ever asked for."),
    "confidences": _("For your own file. What was told in confidence is sent to nobody."),
    "signs": _("What you saw with your own eyes, or what a rescuer must know. No diagnosis."),
    "peers": _("Named here so that each name is only shown to whom the convention allows."),
    "named_persons": _("Named here so that each name is only shown to whom the convention allows."),
    "authorisation": _("Say yes only if a magistrate has given the authorisation."),
}

# Coded values of records that no body has.
RECORD_VALUES: Final[Table] = {
    "told": _.pgettext("value", "were told"),
    "not_told_interest": _.pgettext("value", "were not told: against the child’s interest"),
    "not_told_family_suspected": _.pgettext("value", "were not told: the family is suspected"),
    "not_told_inquiry": _.pgettext("value", "were not told: an inquiry is open"),
    "not_told_age_or_absence": _.pgettext(
        "value", "were not told: too young, or cannot be reached"
    ),
    "duty_magistrate": _.pgettext("value", "the duty magistrate"),
    "police_17": _.pgettext("value", "the police (17)"),
    "snated_119": _.pgettext("value", "119, the child helpline"),
    "duty_officer": _.pgettext("value", "the duty officer of the Department"),
    "classmate": _.pgettext("value", "a classmate"),
    "adult": _.pgettext("value", "an adult"),
    "written": _.pgettext("value", "in writing"),
    "deferred": _.pgettext("value", "later, with the prosecutor’s agreement"),
    "risk": _.pgettext("value", "at risk"),
    "danger": _.pgettext("value", "in danger"),
    "no_danger": _.pgettext("value", "not in danger"),
    "grave_and_immediate_danger": _.pgettext("value", "in grave and immediate danger"),
    "follow_up": _.pgettext("value", "follow-up"),
    "decided": _.pgettext("value", "decided"),
    "6e": _.pgettext("value", "sixth form of the collège (6e)"),
    "5e": _.pgettext("value", "fifth form of the collège (5e)"),
    "4e": _.pgettext("value", "fourth form of the collège (4e)"),
    "3e": _.pgettext("value", "third form of the collège (3e)"),
    "2nde": _.pgettext("value", "first year of the lycée (2nde)"),
    "1re": _.pgettext("value", "second year of the lycée (1re)"),
}
_OF_ONE: Final[Table] = {  # as one says of one child
    "told": _.pgettext("value", "was told"),
    "not_told_interest": _.pgettext("value", "was not told: against her or his interest"),
    "not_told_family_suspected": _.pgettext("value", "was not told: the family is suspected"),
    "not_told_inquiry": _.pgettext("value", "was not told: an inquiry is open"),
    "not_told_age_or_absence": _.pgettext("value", "was not told: too young, or cannot be reached"),
}


def kind_label(kind: str, lang: str) -> str:
    """A kind of record as a menu shows it."""
    text = KIND_LABELS.get(kind)
    return kind if text is None else text.say(lang)


def member_label(member: str, lang: str, *wheres: str) -> str:
    """A member of a record as a form shows it.

    Args:
        wheres: schema or kind of record that may call it otherwise.
    """
    for name in (*(f"{where}.{member}" for where in wheres), member):
        if (text := MEMBER_LABELS.get(name)) is not None:
            return text.say(lang)
    text = FIELD_LABELS.get(member)
    said = member if text is None else text.say(lang)
    return said[:1].upper() + said[1:]


def member_help(member: str, lang: str) -> str:
    """A word of help for who fills it in; empty where none is needed."""
    text = HELP.get(member)
    return "" if text is None else text.say(lang)


def choice_label(member: str, value: str, lang: str) -> str:
    """A coded value of a member, or a role, as a form offers it."""
    text = (_OF_ONE.get(value) if member == "minor" else None) or RECORD_VALUES.get(value)
    text = text or VALUE_LABELS.get(value) or ROLE_NAMES.get(value)
    return value if text is None else text.say(lang)

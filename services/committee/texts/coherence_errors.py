"""What makes no sense in a file that reads well: code -> what is wrong; what mends it.

No logic; reviewed as text; see `file_errors`. Of a clause, `{0}` is its id.
"""

from __future__ import annotations

from typing import Final

TEXTS: Final[dict[str, str]] = {
    # tables
    "predecessor_missing": (
        "this version does not name the one before; put the digest of the version before at "
        "`predecessor` (`relais convention lint` tells it)"
    ),
    "predecessor_unexpected": (
        "version 1 follows no other, and yet names a version before; empty `predecessor`, or "
        "correct `version`"
    ),
    "agency_differs": "the agency of the role {0} is {2}, not {1}; write `agency: {2}`",
    "colleague_elsewhere": (
        "the colleague of {0} is {1}, of the agency {2}: a colleague is another role of the same "
        "agency, {3}; name another role of {3}, or take out `colleague`"
    ),
    "id_repeated": "the code {0} already means a role, or the bus; choose another",
    "codes_alike": (
        "the code {1} looks like {0}; choose one that differs from it by more than 0 and O, 1, I "
        "and l, rn and m, case or a sign"
    ),
    "names_alike": (
        "{1} has the same name as {0}, or nearly: “{2}”; give each a name that nobody takes for "
        "the other"
    ),
    "calendar_gap": (
        "the calendar's clock changes are missing or not in the order of their dates; put them at"
        " `offsets` from the earliest to the latest, each once"
    ),
    "system_differs": (
        "event {0} of the bus: `{1}` does not say what the bus does; take `{1}` as it stands in "
        "the convention in force: the bus does not read it"
    ),
    # a clause by itself
    "basis_not_in_force": (
        "{0}: the text {1} is not in force on the date of effect, {2}; name the text in force on "
        "that day, or correct the dates of {1}"
    ),
    "publication_with_desk": (
        "{0}: a publication goes from the bus to readers of statistics, and to nobody else; write"
        " `issuers: [BUS]`, and codes of the table `readers` at `recipients`"
    ),
    "publication_of_persons": (
        "{0}: a publication holds nothing but statistics; write `event: STAT`, and only STAT "
        "data, such as STAT.counts"
    ),
    "reader_without_publication": (
        "{0}: the bus and readers of statistics have a place in a publication only; name roles, "
        "or add `channel: publication`"
    ),
    "stat_without_publication": (
        "{0}: statistics are published, and never go from desk to desk (`{1}`); add `channel: "
        "publication`, or choose another act"
    ),
    "issuer_without_realm": (
        "{0}: the sender {1} does not act on this bus (`{2}`); leave {1} out of this clause, "
        "correct `realm`, or open this bus to {1} in `roles`"
    ),
    "recipient_without_realm": (
        "{0}: the recipient {1} does not act on this bus (`{2}`); leave {1} out of this clause, "
        "correct `realm`, or open this bus to {1} in `roles`"
    ),
    "sends_to_itself": "{0}: {1} is both sender and recipient; leave it out on one side",
    "secrecy_never_met": (
        "{0}: the clause demands professional secrecy; by the table `roles`, {1} is not bound by "
        "it; leave {1} out of this clause, or leave out the condition `secrecy`"
    ),
    "never_assigned": (
        "{0}: {1} must already take part in the case, and no clause makes it do so; add "
        "`recipient` to `assigns` in a clause of which {1} is a recipient (`issuer` if it is a "
        "sender), or leave out the condition `assigned`"
    ),
    "conditions_apart": (
        "{0}: a clause asks about earlier events of one kind, not of several: {1}; leave one of "
        "these conditions, and write a clause for each other"
    ),
    "reply_to_nothing": (
        "{0}: the clause answers what {1} would have sent, and no clause provides for sending it;"
        " leave {1} out of this clause, or provide for the event that it answers"
    ),
    "copy_of_nothing": (
        "{0}: no clause gives {1} an original to copy; leave {1} out of this clause, or let it "
        "send the original first, a report (`SIG`, `protect_now`) of these data"
    ),
    "hard_denial": (
        "{0}: {1} may not go to {2} by this event, whatever the clause says; leave out this data,"
        " or this recipient; no convention lifts this prohibition"
    ),
    "assignment_missing": (
        "{0}: {1} may receive this act only if it already takes part in the case; add the "
        "condition `assigned`"
    ),
    "trap_released": (
        "{0}: {1} is both released and given as excluded (`traps`); leave {1} out of `traps`, or "
        "of what `scopes` permits"
    ),
    # what it makes somebody owe
    "duty_never_begins": (
        "{0}: the duty {1} would begin with an acknowledgement by somebody who is not assigned to"
        " the case; add `recipient` to `assigns`, or leave out `opened_by`"
    ),
    "duty_never_opens": (
        "{0}: the duty {1} is about a recipient that is not of this clause; correct `recipients` "
        "in the duty"
    ),
    "ack_not_by_recipient": (
        "{0}: the acknowledgement {1} is owed by the recipient alone, and to the sender alone; "
        "write `debtor: recipient` and `creditor: issuer`"
    ),
    "unknown_clause": (
        "{0}: a duty refers to {1}, which is not a clause of this file; correct the identifier, "
        "or add the clause"
    ),
    "reply_without_clause": (
        "{0}: {1} owes {2}, and no clause lets it discharge this; add {1} to the issuers of {2}, "
        "or name another debtor"
    ),
    "duty_hidden": (
        "{0}: for one event {2} would owe {1} several times, to other creditors or by other "
        "dates; the bus would open the first duty only; keep one only, or let the other be about "
        "another act"
    ),
    # clauses against one another, and against the invariants
    "two_answers": (
        "{0} and {1} answer the same question: same bus, sender, act, purpose and recipient; make"
        " them one, or part their purposes"
    ),
    "invariant_broken": (
        "{0}: {2} could send {3} to {4} ({5}, {6}), against the promise {1}: “{7}”; narrow the "
        "clause, or agree on another promise"
    ),
    "invariant_broken_by_duty": (
        "{0}: by the duty {3}, {4} would hear of what {2} sends ({5}, {6}), against the promise "
        "{1}: “{7}”; give the duty to the sender or the recipient, or agree on another promise"
    ),
    "invariant_repeated": (
        "the same identifier of a promise, {0}, is used twice; give one of them another"
    ),
    "no_demand": (
        "the promise has no rule to be checked, or several; write one and only one: `never`, "
        "`only_if` or `at_most`"
    ),
    "selects_nothing": (
        "the promise is about nobody, or no data; look again at `from`, `to`, `what` and `but`"
    ),
}

# (code, what was expected) -> words that say more than those of the code.
CASES: Final[dict[tuple[str, str], str]] = {
    ("calendar_gap", "a table that covers it"): (
        "the calendar does not cover the date of effect, {0}; correct `effective`, or extend the "
        "calendar"
    ),
    ("calendar_gap", "an offset from its start"): (
        "the calendar does not say which time holds on its first day; begin `offsets` with the "
        "time that holds at the start of that day"
    ),
    ("calendar_gap", "a change"): (
        "the same time stands twice in a row, at {0} or just before; let winter time and summer "
        "time alternate at `offsets`"
    ),
    ("calendar_gap", "those of 2000/84/EC"): (
        "on {0} a clock change is missing, or stands that is not one of directive 2000/84/EC: put "
        "at `offsets` the last Sundays of March and October, at 01:00 universal time, or correct "
        "`first` and `last`"
    ),
    ("calendar_gap", "those of L. 3133-1"): (
        "the calendar does not have the public holiday {0}; put at `holidays` those of the "
        "Labour Code, article L. 3133-1"
    ),
    ("calendar_gap", "a day of the table"): (
        "the holiday {0} is outside the calendar; leave it out, or correct `first` and `last`"
    ),
    ("publication_with_desk", "none"): (
        "{0}: a publication has no condition and no duty, and makes nobody take part in a case; "
        "empty `conditions`, `duties` and `assigns`"
    ),
}

# Of a file that loads, held against the version before it (`adoption.check_numbers`).
SUCCESSION: Final[dict[str, str]] = {
    "clause_number_reused": (
        "the number {0} is {1} {2} in the version before, and {3} {4} here: a number keeps its "
        "act and purpose for ever; give the new clause a number that was never used, and put {0} "
        "under `repealed` if its clause goes"
    ),
    "clause_number_dropped": (
        "clause {0} of the version before is gone, and its number is not under `repealed`; put "
        "into the table `repealed`: {0}: {{event: {1}, purpose: {2}}}"
    ),
}

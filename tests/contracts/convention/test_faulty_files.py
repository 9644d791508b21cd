"""A faulty convention does not load: each cause with its own code, file and line."""

from __future__ import annotations

import pytest

from contracts.vocabulary.scopes import ROLES
from tests.contracts.convention.amended import clause
from tests.contracts.convention.kit import assert_told, changed, refused, text

ACK_1WD = "{act: ACK:received, debtor: recipient, creditor: issuer, within: 1wd}"
CONFIRMED = "{act: ACK:withdrawn, debtor: recipient, creditor: issuer, within: 1wd}"
ALL = ", ".join(ROLES)
# As many questions a grant as the shipped roles make: the limit is passed before any is asked.
WIDE = "    grants:\n" + f"      - {{issuers: [{ALL}], recipients: [{ALL}]}}\n" * 600
ONE = "    issuers: [EDU-S]\n    recipients: [CRIP]\n"
DECIDED = "      - {act: ACK:decided, debtor: recipient, creditor: issuer, within: 5wd}\n"


def outcomes(*more: str) -> str:
    """The duties of R18, and as many final outcomes that the CRIP owes."""
    return DECIDED + "".join(f"      - {{act: R39:final, debtor: CRIP, {one}}}\n" for one in more)


SPRING = '    2026-03-29T01:00:00Z: "+02:00"\n'
AUTUMN = '    2026-10-25T01:00:00Z: "+01:00"\n'

# code, old text, new text, clause from which on the old text is looked for, text of the line
FAULTS = [
    # the vocabulary
    ("unknown_role", "issuers: [EDU-S]", "issuers: [EDU-X]", "R01", "EDU-X"),
    ("unknown_scope", "SCHOOLING, FACTS", "SCHOOL, FACTS", "R01", "SCHOOL,"),
    ("unknown_scope", "  MEASURE.actions:", "  MEASURE.deeds:", "", "MEASURE.deeds"),
    ("unknown_event", "event: IP", "event: TIP", "R01", "TIP"),
    ("unknown_purpose", "purpose: assess", "purpose: guess", "R01", "guess"),
    ("unknown_condition", "[informed, secrecy]", "[informed, secret]", "R01", "secret]"),
    ("unknown_assignee", "assigns: [issuer, recipient]", "assigns: [issuer, ASSO]", "R12", "ASSO]"),
    ("unknown_basis", "basis: [CASF-L226-2-1", "basis: [CASF-L226-2-9", "R01", "L226-2-9"),
    ("unknown_basis", "successor: CPP2029", "successor: CPP3029", "", "CPP3029"),
    ("unknown_realm", "realm: civil", "realm: social", "R01", "social"),
    ("unknown_retention", "keep: P30", "keep: P31", "R01", "P31"),
    ("unknown_flag", "flow: law", "flow: custom", "R01", "custom"),
    ("unknown_agency", "agency: education", "agency: hospital", "", "hospital"),
    ("unknown_secrecy", "secrecy: profession", "secrecy: perhaps", "", "perhaps"),
    ("unknown_channel", "channel: publication", "channel: radio", "R44", "radio"),
    ("unknown_zone", "zone: Europe/Paris", "zone: Europe/Rome", "", "Rome"),
    ("unknown_stage", "ACK:received", "ACK:seen", "R01", "ACK:seen"),
    ("unknown_start", "start: transmission", "start: someday", "R01", "someday"),
    ("unknown_clause", "act: R39:final", "act: R99:final", "R01", "id: R01"),
    ("bad_act", "act: ACK:received", "act: SMS", "R01", "SMS"),
    ("bad_within", "within: 1wd", "within: soon", "R01", "soon"),
    ("bad_within", "within: 1wd", "within: 0d", "R01", "0d"),
    ("bad_within", "within: -15d, start: ends_on", "within: -15d", "R26", "-15d"),
    ("bad_within", "within: 8d, start: decided_on", "within: 2wd, start: decided_on", "R25", "2wd"),
    ("bad_within", "within: 3mo, start: case_clock",
     "within: 3mo, urgent_within: 2h, start: case_clock", "R13", "2h"),
    ("bad_repeat", "within: 1mo", "within: 10wd", "R30", "within: 10wd"),
    ("bad_repeat", "within: 1mo", "within: 1mo, start: decided_on", "R30", "start: decided_on"),
    ("bad_repeat", "within: 1mo", "within: 1mo, urgent_within: due", "R30", "urgent_within"),
    ("bad_opening", "opened_by: open:R23", "opened_by: R23", "R23", "opened_by: R23"),
    ("bad_opening", "opened_by: ACK:started", "opened_by: ACK:unreadable", "R26", "ACK:unreadable"),
    # whoever accepts at once never says `received`, and would owe nothing
    ("bad_opening", "opened_by: ACK:started", "opened_by: ACK:received", "R26", "ACK:received"),
    ("bad_clause_id", "id: R01", "id: R001", "", "R001"),  # R046 would be taken for R46
    ("bad_clause_id", "id: R01", "id: R1000", "", "R1000"),
    ("bad_clause_id", "id: R01", "id: R1", "", "R1"),
    ("bad_digest", 'predecessor: ""', "predecessor: abc", "", "predecessor"),
    ("bad_date", "effective: 2026-01-01", "effective: 2026-02-30", "", "2026-02-30"),
    ("bad_date", "    2026-03-29T01:00:00Z", "    2026-03-29", "", "2026-03-29:"),
    ("bad_offset", '29T01:00:00Z: "+02:00"', '29T01:00:00Z: "+03:00"', "", "+03:00"),
    # the shape
    ("unknown_field", "    keep: P30", "    keeps: P30\n    keep: P30", "R01", "keeps"),
    ("unknown_field", "id: seine", "author: me\nid: seine", "", "author"),
    # what is known of a value beside its fields
    ("unknown_field", "id: seine", "digest: x\nid: seine", "", "digest: x"),
    ("unknown_field", "    keep: P30", "    line: 3\n    keep: P30", "R01", "line: 3"),
    ("unknown_field", "      - issuers: [EDU-H]",
     "      - grant: R01\n        issuers: [EDU-H]", "R11", "grant: R01"),
    ("unknown_field", "{act: ACK:received,", "{acts: [R01], act: ACK:received,", "R01", "acts"),
    ("missing_field", "    event: IP\n", "", "R01", "id: R01"),
    ("wrong_type", "realm: civil", "realm: [civil]", "R01", "realm"),
    ("wrong_type", "version: 1", "version: one", "", "version: one"),
    ("wrong_type", "legal: true", "legal: yes", "R01", "legal: yes"),
    ("wrong_type", "clauses:\n", "clauses: none\nothers:\n", "", "clauses: none"),
    ("wrong_type", "calendar:\n", "calendar: none\nothers:\n", "", "calendar: none"),
    ("no_parties", "parties:\n", "parties: {}\nothers:\n", "", "parties: {}"),
    ("too_many_items", "issuers: [EDU-S]", f"issuers: [{', '.join(map(str, range(300)))}]", "R01",
     "issuers: ["),
    ("too_many_items", "readers:\n",
     "readers:\n" + "".join(f"  X{n}: {{fr: un, en: one}}\n" for n in range(60)), "", "readers:"),
    ("too_many_questions", ONE, WIDE, "R01", f"issuers: [{ALL}]"),
    ("repeated_item", "[IDENTITY, CONTACT,", "[IDENTITY, IDENTITY,", "R01", "IDENTITY, IDENTITY"),
    ("field_given_twice", "      - issuers: [EDU-H]",
     "      - realm: civil\n        issuers: [EDU-H]", "R11", "realm: civil"),
    ("clause_repeated", "id: R02", "id: R01", "", "id: R01"),
    ("look_alike", "issuers: [EDU-S]", "issuers: [EDU-Ѕ]", "R01", "EDU-Ѕ"),
    ("look_alike", "  CRIP:\n    agency", "  СRIP:\n    agency", "", "СRIP"),
    ("bad_code", "keep: P30", "keep: P 30", "R01", "P 30"),
    ("suspicious_character", "fr: information pr", "fr: infоrmation pr", "R01", "infоrmation"),
    ("suspicious_character", "fr: information pr", "fr: info\u202ermation pr", "R01", "label"),
    # what would deceive its reader
    ("text_too_long", "  fr: Convention relative", f"  fr: {'a' * 5_000} relative", "", "fr: a"),
    ("look_alike", "  - id: R02", "  - id: R٠2", "", "R٠2"),  # Arabic digit
    ("look_alike", "  - id: R02", "  - id: R0\u200b2", "", "  - id: R0"),
    ("bad_date", "effective: 2026-01-01", "effective: 2026-1-1", "", "2026-1-1"),
    ("bad_date", "effective: 2026-01-01", "effective: ２026-01-01", "", "effective"),
    ("bad_date", "2027: [01-01,", "2027: [02-29,", "", "02-29"),
    ("wrong_type", "version: 1", "version: 99999999999999999999", "", "version: 999"),
    # what the file owes its reader
    ("missing_sentence", "    sentence:\n", "    note:\n", "R01", "id: R01"),
    ("missing_sentence", "      en: >-\n        The school", "      de: >-\n        The school",
     "R01", "sentence"),
    ("missing_label", "    label: {fr: information", "    label: {de: information", "R01", "label"),
    ("missing_label", "  MEASURE.actions: {fr: actions convenues, en: agreed actions}\n", "", "",
     "scopes:"),
    ("empty_text", 'fr: "CASF, art. L. 221-6 (secret', 'fr: "" #', "", 'fr: ""'),
    ("never_applies", "basis: [CASF-L226-2-1, CASF-L226-2-2]", "basis: []", "R01", "basis: []"),
    # coherence
    ("two_answers", *clause("R46", "EDU-S", "CRIP", event="IP", purpose="assess"), "", "id: R46"),
    ("secrecy_never_met", "issuers: [EDU-S]", "issuers: [EDU-H]", "R01", "id: R01"),
    ("issuer_without_realm", "realm: civil", "realm: criminal", "R01", "id: R01"),
    ("recipient_without_realm", "recipients: [POL]", "recipients: [JE]", "R21", "id: R21"),
    ("sends_to_itself", "recipients: [CRIP]", "recipients: [CRIP, EDU-S]", "R01", "id: R01"),
    ("publication_with_desk", "issuers: [BUS]", "issuers: [CRIP, BUS]", "R44", "id: R44"),
    ("publication_with_desk", "duties: []", f"duties: [{ACK_1WD}]", "R44", "id: R44"),
    ("publication_of_persons", "[STAT.counts]", "[STAT.counts, IDENTITY.description]", "R44",
     "id: R44"),
    ("reader_without_publication", "recipients: [CRIP]", "recipients: [ODPE]", "R01", "id: R01"),
    ("stat_without_publication", "event: IP\n    purpose: assess",
     "event: STAT\n    purpose: observe", "R02", "id: R02"),
    ("never_assigned", "conditions: []", "conditions: [assigned]", "R21", "id: R21"),
    ("reply_to_nothing", "MO]\n        conditions: [own_ip]",
     "MO, PJJ]\n        conditions: [own_ip]", "R39", "recipients"),
    ("copy_of_nothing", "conditions: [informed]", "conditions: [informed, copy_of]", "R36",
     "id: R36"),
    # CRIP's report to seize a judge is no report in the sense of what may be copied
    ("copy_of_nothing", *clause("R46", "CRIP", "ASE", event="SIG", purpose="avoid_duplicates",
                                conditions="[copy_of]"), "", "id: R46"),
    ("hard_denial", "FACTS, RISK, HEALTH.vital]", "FACTS, RISK, HEALTH]", "R01", "id: R01"),
    ("hard_denial", "[CODE.attendance]", "[CODE.attendance, FACTS.summary]", "R38", "id: R38"),
    ("assignment_missing", "[secrecy, assigned]", "[secrecy]", "R06", "id: R06"),
    ("conditions_apart", "conditions: [own_st]", "conditions: [own_st, own_ip]", "R39", "recip"),
    ("trap_released", "traps: [HEALTH, PROCEDURE]", "traps: [HEALTH, RISK.level]", "R01",
     "id: R01"),
    ("ack_not_by_recipient", "act: ACK:received, debtor: recipient",
     "act: ACK:received, debtor: issuer", "R01", "id: R01"),
    ("duty_never_opens", "recipients: [MO]}", "recipients: [PJJ]}", "R26", "id: R26"),
    ("duty_never_begins", "assigns: [issuer, recipient]", "assigns: [issuer]", "R30", "id: R30"),
    ("reply_without_clause", "act: R39:final", "act: R40", "R01", "id: R01"),
    ("duty_hidden", DECIDED, outcomes("creditor: EDU-S, within: 5wd", "creditor: PMI, within: 5wd"),
     "R18", "id: R18"),
    ("duty_hidden", DECIDED, outcomes("creditor: PMI, within: 5wd", "creditor: PMI, within: 1wd"),
     "R18", "id: R18"),
    ("duty_hidden", "creditor: JE", "creditor: recipient", "R25", "id: R25"),
    # the bus's own events, as the router knows them
    ("missing_field", "  WITHDRAW:", "  RETRACT:", "", "ACK:"),
    ("system_differs", "issuers: [CRIP]\n    stages: []",
     "issuers: [CRIP, POL]\n    stages: []", "", "issuers: [CRIP, POL]"),
    ("system_differs", "stages: [received, accepted,", "stages: [received,", "",
    "stages: [received"),
    ("system_differs", "purpose: withdraw", "purpose: progress", "", "purpose: progress"),
    ("system_differs", CONFIRMED, CONFIRMED.replace("1wd", "30wd"), "", "duties:"),
    ("agency_differs", "agency: police", "agency: justice", "", "roles:"),
    ("unknown_role", "colleague: EDU-S", "colleague: EDU-X", "", "colleague: EDU-X"),
    ("colleague_elsewhere", "colleague: EDU-S", "colleague: CRIP", "", "colleague: CRIP"),
    ("colleague_elsewhere", "colleague: EDU-S", "colleague: EDU-H", "", "colleague: EDU-H"),
    ("id_repeated", "readers:\n", "readers:\n  CRIP: {fr: la CRIP, en: the CRIP}\n", "",
     "readers:"),
    ("codes_alike", "readers:\n", "readers:\n  CR1P: {fr: cellule, en: unit}\n", "", "  CR1P:"),
    ("names_alike", "fr: les services de police et de gendarmerie", "fr: la CRIP", "", "  CRIP:"),
    ("predecessor_missing", "version: 1", "version: 2", "", "predecessor"),
    ("predecessor_unexpected", 'predecessor: ""', f"predecessor: {'A' * 43}", "", "predecessor"),
    ("basis_not_in_force", "    until: 2028-12-31", "    until: 2025-12-31", "", "id: R24"),
    ("basis_not_in_force", "    from: 2016-03-16", "    from: 2027-03-16", "", "id: R01"),
    # the calendar's gaps
    ("calendar_gap", "2027: [01-01, 03-29, 05-01", "2027: [01-01, 03-29", "", "calendar:"),
    ("calendar_gap", "2027: [01-01, 03-29,", "2027: [01-01, 01-02,", "", "calendar:"),
    ("calendar_gap", "2027-03-28T01:00", "2027-07-25T01:00", "", "calendar:"),
    ("calendar_gap", "    2028: [", "    2035: [", "", "2035"),
    ("calendar_gap", '    2028-10-29T01:00:00Z: "+01:00"\n', "", "", "calendar:"),
    ("calendar_gap", '    2025-12-31T23:00:00Z: "+01:00"\n', "", "", "calendar:"),
    ("calendar_gap", "  first: 2026-01-01", "  first: 2026-02-01", "", None),
    ("calendar_gap", "  last: 2031-12-31", "  last: 2032-12-31", "", "calendar:"),
    ("calendar_gap", "effective: 2026-01-01", "effective: 2036-01-01", "", "calendar:"),
    ("calendar_gap", SPRING + AUTUMN, AUTUMN + SPRING, "", "calendar:"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "old", "new", "inside", "shown"), FAULTS, ids=[fault[0] for fault in FAULTS]
)
def test_a_faulty_file_is_refused_at_its_line_and_told_in_words(
    code: str, old: str, new: str, inside: str, shown: str | None
) -> None:
    """The code says the cause; the line is where the reader must look."""
    data = changed(old, new, inside)

    error = refused(data)

    assert (error.code, error.file) == (code, "faulty.yaml")
    assert error.line > 0
    if shown is not None:
        assert shown in data.decode().splitlines()[error.line - 1]
    assert_told(error)


def test_a_missing_system_clause_is_refused() -> None:
    """Without LINK the table of the bus's own events is not whole."""
    data = text()[: text().index("  LINK:\n")] + text()[text().index("  UNLINK:\n") :]

    assert refused(data.encode()).code == "missing_field"

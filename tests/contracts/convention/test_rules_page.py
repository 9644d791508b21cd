"""The convention file against tables copied by hand from rules §2 to §12."""

from __future__ import annotations

import pytest

from contracts.vocabulary.scopes import PURPOSES, RETENTION_CLASSES, SCOPES
from tests.contracts.convention.kit import convention

# rules §3, column "Released by". `11` alone: all three grants; else its grants by number.
RELEASED_BY = {
    "IDENTITY": "1-15 18 19 21-27 29 30 32-37",
    "IDENTITY.description": "33",
    "CONTACT": "1-5 7-13 19-23 26 27 29 30 33",
    "FAMILY": "1-3 7-9 11.1 11.2 12 13 15 17 18 23 25-29",
    "SCHOOLING": "1 2 8 9 11.1 11.2 13 16 18 28 32",
    "FACTS": "1-6 8-13 16-21 23 28",
    "FACTS.summary": "7 22",
    "FACTS.third_party": "8-11 21",
    "FACTS.source": "",
    "RISK": "1 3-6 9 11.2 12 13 16-20 23 28-31 34",
    "RISK.level": "43",
    "RISK.flags": "33",
    "RISK.safety": "25",
    "HEALTH": "",
    "HEALTH.vital": "1 3 5 6 9 10 11.2 11.3 12 17 18 20 28 33 35",
    "PROCEDURE": "21",
    "PROCEDURE.reference": "24",
    "PROCEDURE.status": "40",
    "PROCEDURE.hearing": "37",
    "MEASURE": "12 23 25-30 40",
    "MEASURE.proposal": "18 20",
    "MEASURE.actions": "43",
    "MEASURE.attendance": "31",
    "MEASURE.custodian": "32",
    "LOCATION": "6-12 21 25 33-35",
    "CODE.questions": "14 15 27",
    "CODE.outcome": "39 41",
    "CODE.attendance": "38",
    "CODE.absence": "36",
    "CODE.meeting": "42",
    "STAT.counts": "44 45",
}

# rules §4.
PURPOSE_OF = {
    "assess": "1-5 7", "adapt_measure": "6", "protect_now": "8-10", "avoid_duplicates": "11",
    "seize_judge": "12 23", "evaluate": "13 16 17 22", "contribute": "14 15", "decide": "18 20",
    "joint_evaluation": "19", "investigate": "21", "notice_706_49": "24", "execute_opp": "25",
    "execute": "26", "mjie": "27", "judge": "28", "aed_home": "29", "specialist_followup": "30",
    "progress": "31", "keep_schooling": "32", "search": "33", "protect": "34", "return": "35",
    "absence_code": "36", "be_present": "37 38", "close_loop": "39-41", "invite": "42",
    "decisions": "43", "observe": "44", "steer": "45",
}  # fmt: skip

# rules §6.
CONDITION_OF = {
    "informed": "1-5 14-17 19 20 29 30 32 36 37 43",
    "secrecy": "1 3 5 6 13-20 29-31 42 43",
    "assigned": "6 14 16-18 20 28 31 34 42 43",
    "urgent": "8-10 25 33",
    "danger": "4 8-10",
    "authorised": "37",
    "authorised_if_inquiry": "7 35",
    "parents_told": "12",
    "parents_agree": "29",
    "measure_open": "24",
    "copy_of": "11",
    "own_ip": "39.1",
    "own_report": "41",
    "own_st": "39.2",
}

# rules §11: clause -> who is assigned when it is released.
ASSIGNS = {
    "issuer recipient": "1-5 7-13 15 19 22 23 25-27 29 30",
    "issuer": "14",
    "": "6 16-18 20 21 24 28 31-45",
}

# How long the copy is kept.
KEEP = {
    "P7": "21 23 24 36 37 38 42",
    "P90": "13 18",
    "P30": "1-12 14-17 19 20 22 25-35 39-41 43",
    "": "44 45",
}  # fmt: skip

# rules §2: issuers -> recipients, event.
FLOWS = """
R01 EDU-S > CRIP IP | R02 EDU-H > CRIP IP | R03 PMI > CRIP IP | R04 PSP > CRIP IP
R05 ASSO > CRIP IP | R06 HOME MO > ASE IP | R07 POL > CRIP IP | R08 EDU-H > PARQ-CIV SIG
R09 EDU-S PMI > PARQ-CIV SIG | R10 ASSO PSP HOME MO > PARQ-CIV SIG
R11.1 EDU-H > CRIP SIG | R11.2 EDU-S PMI > CRIP SIG | R11.3 ASSO PSP HOME MO > CRIP SIG
R12 CRIP > PARQ-CIV SIG | R13 CRIP > ASE EVALREQ | R14 CRIP > EDU-S EVALREQ
R15 CRIP > PMI EVALREQ | R16 EDU-S > CRIP EVALREP | R17 PMI > CRIP EVALREP
R18 ASE > CRIP EVALREP | R19 CRIP ASE > ASSO SPECREF | R20 ASSO > CRIP ASE EVALREP
R21 PARQ-CRIM > POL ST | R22 PARQ-CIV > CRIP ST | R23 PARQ-CIV > JE ST | R24 PARQ-CRIM > JE ST
R25 PARQ-CIV > ASE HOME MEASURE | R26 JE > ASE HOME MO MEASURE | R27 JE > PJJ MEASURE
R28 PJJ MO > JE EVALREP | R29 ASE > MO MEASURE | R30 ASE > ASSO SPECREF
R31 ASSO MO > ASE EVALREP | R32 ASE > EDU-H MEASURE | R33 HOME > POL MISSING
R34 HOME > ASE PARQ-CIV MISSING | R35 POL > HOME ASE MISSING | R36 ASE > EDU-H MISSING
R37 POL > ASSO HEARING | R38 ASSO > POL HEARING
R39.1 CRIP > EDU-S EDU-H PMI PSP ASSO POL HOME MO FEEDBACK | R39.2 CRIP > PARQ-CIV FEEDBACK
R40 PARQ-CIV > CRIP FEEDBACK | R41.1 PARQ-CIV > EDU-H EDU-S PMI FEEDBACK
R41.2 PARQ-CRIM > POL FEEDBACK | R42 ASE > CRIP EDU-S PMI HOME MO ASSO PJJ COORD
R43 ASE > CRIP EDU-S PMI HOME MO ASSO PJJ COORD | R44 BUS > ODPE ONPE STAT
R45 BUS > COPIL MMPCR OBSERVATOIRE STAT
"""

# rules §12.3: clauses -> debtor > creditor, act, within; `L` by law; what else is stated.
DUTIES = """
1-5 7: recipient > issuer ACK:received 1wd
1-5 7: recipient > issuer R39:final 3mo L from=transmission
6: recipient > issuer ACK:received day
8-10: recipient > issuer ACK:received 2h
8-10: issuer > CRIP R11 1wd
8 9: recipient > issuer R41 15wd
11 16 17 20 36: recipient > issuer ACK:received 1wd
12: recipient > issuer ACK:received 2wd urgent=4h
12: recipient > issuer R40 15wd
13: recipient > issuer R18 3mo L from=case_clock
14: recipient > issuer R16 10wd
15: recipient > issuer R17 10wd
18: recipient > issuer ACK:decided 5wd
19 30: recipient > issuer ACK:accepted|declined 2wd
21 24: recipient > issuer ACK:received 24h
22: recipient > issuer ACK:received 1wd
22: recipient > issuer R12|R39 due
25: recipient > issuer ACK:received 1h
25: issuer > JE R23 8d L from=decided_on
23: recipient > issuer R26|R27 15d L by=open:R23
26: recipient > issuer ACK:received 1wd only=ASE,HOME
26: recipient > issuer ACK:started 10wd only=MO
27 29: recipient > issuer ACK:started 10wd
26: recipient > issuer R28 -15d from=ends_on only=MO
27: recipient > issuer R28 -15d from=ends_on
29: recipient > issuer R31 1mo by=ACK:started each
30: recipient > issuer R31 1mo by=ACK:accepted each
26: recipient > ASE R31 1mo by=ACK:started each only=MO
32 43: recipient > issuer ACK:received 2wd
42: recipient > issuer ACK:accepted 5wd
33: recipient > issuer ACK:received 15min
34 35: recipient > issuer ACK:received 1h
37: recipient > issuer R38 2h
"""


def ids(text: str) -> set[str]:
    """Grant ids of a list such as `1-3 11.1 39`."""
    known = [grant.id for grant in convention().grants]
    found = set()
    for word in text.split():
        first, _, last = word.partition("-")
        if "." in word:
            found.add(f"R{word}")
            continue
        for number in range(int(first), int(last or first) + 1):
            found |= {name for name in known if name.split(".")[0] == f"R{number:02d}"}
    return found


@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_is_released_by_the_clauses_that_the_page_lists(scope: str) -> None:
    """Column "Released by", scope by scope."""
    listed = {grant.id for grant in convention().grants if scope in grant.scopes}

    assert listed == ids(RELEASED_BY[scope])


def test_purposes_belong_to_the_clauses_that_the_page_lists() -> None:
    """29 purposes, each clause in exactly one."""
    assert set(PURPOSE_OF) == set(PURPOSES)
    for purpose, clauses in PURPOSE_OF.items():
        assert {g.id for g in convention().grants if g.purpose == purpose} == ids(clauses), purpose


@pytest.mark.parametrize("condition", CONDITION_OF)
def test_a_condition_holds_for_the_clauses_that_the_page_lists(condition: str) -> None:
    """Column "Clauses" of the table of conditions."""
    having = {grant.id for grant in convention().grants if condition in grant.conditions}

    assert having == ids(CONDITION_OF[condition])


def test_assignments_are_those_of_the_page() -> None:
    """Who takes part in a case once a clause has released."""
    for assigns, clauses in ASSIGNS.items():
        found = {g.id for g in convention().grants if g.assigns == tuple(assigns.split())}
        assert found == ids(clauses), assigns


def test_retention_classes_are_those_of_the_page() -> None:
    """How long the bus copy is kept."""
    assert set(KEEP) == {*RETENTION_CLASSES, ""}
    for keep, clauses in KEEP.items():
        assert {g.id for g in convention().grants if g.keep == keep} == ids(clauses), keep


def test_issuers_recipients_and_events_are_those_of_the_page() -> None:
    """Who sends to whom, grant by grant, and only R21 and R41 to the police are criminal."""
    expected = {}
    for entry in FLOWS.replace("\n", "|").split("|"):
        if entry.strip():
            name, *rest = entry.split()
            cut = rest.index(">")
            expected[name] = (set(rest[:cut]), set(rest[cut + 1 : -1]), rest[-1])

    found = {
        grant.id: (set(grant.issuers), set(grant.recipients), grant.event)
        for grant in convention().grants
    }

    assert found == expected
    criminal = {grant.id for grant in convention().grants if grant.realm == "criminal"}
    assert criminal == {"R21", "R41.2"}


def test_duties_are_those_of_the_page() -> None:
    """The whole table of duties, and no other."""
    expected = set()
    for line in DUTIES.strip().splitlines():
        clauses, _, duty = line.partition(":")
        # The first colon ends the clauses; acts have colons of their own.
        expected |= {(grant, duty.strip()) for grant in ids(clauses)}

    found = set()
    for grant in convention().grants:
        for spec in grant.duties:
            words = [f"{spec.debtor} > {spec.creditor}", spec.act, spec.within]
            words += ["L"] if spec.legal else []
            words += [f"urgent={spec.urgent_within}"] if spec.urgent_within else []
            words += [f"from={spec.start}"] if spec.start != "delivery" else []
            words += [f"by={spec.opened_by}"] if spec.opened_by else []
            words += ["each"] if spec.repeat else []
            words += [f"only={','.join(spec.recipients)}"] if spec.recipients else []
            found.add((grant.id, " ".join(words)))

    assert found == expected


def test_a_withdrawal_is_owed_an_acknowledgement() -> None:
    """Last row of the table of duties, in the system section."""
    (duty,) = convention().system["WITHDRAW"].duties

    assert (duty.act, duty.debtor, duty.creditor, duty.within) == (
        "ACK:withdrawn", "recipient", "issuer", "1wd",
    )  # fmt: skip


def test_publications_answer_no_desk() -> None:
    """What is published is in the table, and `grant` never gives it to a desk or a reader."""
    published = [q for q, grant in convention().by_question.items() if grant.publication]

    assert len(published) == 5
    assert all(convention().grant(*question) is None for question in published)

"""Second versions that make no sense, that deceive their readers or hide what is owed."""

from __future__ import annotations

import re
from typing import Final

import pytest

from contracts.convention.load import MAX_ROLES, load
from contracts.errors import ConventionError
from tests.contracts.convention.amended import RECEIVED, amended, clause, of, refusal, role, second
from tests.contracts.convention.kit import Edit, assert_told

NEVER: Final = "    never: {what: [FACTS.source]}"  # the promise I05
MEDIATE: Final = clause(
    "R97", "CRIP", "ASSO", event="SPECREF", purpose="mediate", scopes="[RISK.level]"
)
ROW: Final = (  # of a purpose that only the file has
    "  steer: {",
    "  mediate: {fr: proposer une médiation, en: offer mediation}\n  steer: {",
)
INVITE: Final = {
    "event": "COORD", "purpose": "invite", "scopes": "[CODE.meeting]", "conditions": "[assigned]",
    "assigns": "[recipient]", "keep": "P7",
}  # fmt: skip
NEW: Final = role("NEW", "association")
ITSELF: Final = clause("R97", "ASE", "NEW", **INVITE)
SQUAD: Final = role("BPM", "police")
TEACHERS: Final = role("EDU-X", "education")
COURT: Final = role("JE-2", "justice"), clause("R90", "JE-2", "ASE")
TEXT: Final = '    fr: texte\n    en: text\n    from: 2020-01-01\n    until: ""\n    checked: ""\n'
ALL: Final = "CODE, CONTACT, FACTS, FAMILY, HEALTH, IDENTITY, LOCATION, MEASURE, PROCEDURE, RISK"
OWED: Final = "debtor: recipient, creditor: issuer"
LAST: Final = {  # duties of R29 and R46, both orders of the ASE: one event may go by both
    "R29": f"      - {{act: ACK:started, {OWED}, within: 10wd}}\n",
    "R46": f"      - {{act: ACK:accepted|declined, {OWED}, within: 1wd}}\n",
    "R02": RECEIVED, "R05": RECEIVED,
}  # fmt: skip


def owing(name: str, debtor: str, creditor: str, act: str = "R42") -> Edit:
    """The edit that adds a duty to a clause."""
    duty = f"      - {{act: {act}, debtor: {debtor}, creditor: {creditor}, within: 1wd}}\n"
    return LAST[name], LAST[name] + duty, name


def promised(selected: str) -> Edit:
    """Another promise in the place of I05, which is of some data from everybody to everybody."""
    return NEVER, f"    never: {{{selected}}}"


TOLD: Final = owing("R02", "ASE", "CRIP", "R18")
POLICE: Final = "fr: les services de police et de gendarmerie"
THOUSAND: Final = "    grants:\n" + "      - {issuers: [EDU-S], recipients: [CRIP]}\n" * 999

# code and what was got, edits
SECOND_FAULTS: Final[list[tuple[str, tuple[Edit, ...]]]] = [
    # parties and what they promise
    ("invariant_repeated", (("  - id: I02\n", "  - id: I01\n"),)),
    ("selects_nothing", (promised("what: [CODE.absence], but: [CODE.absence]"),)),
    ("selects_nothing", (promised("events: []"),)),
    ("selects_nothing", (promised("realms: []"),)),
    ("no_demand none", ((NEVER, "    often: {what: [FACTS.source]}"),)),
    ("no_demand never and at_most", ((NEVER, f"{NEVER}\n    at_most: {{keep: P7}}"),)),
    ("unknown_scope GOSSIP", (promised("what: [GOSSIP]"),)),
    ("unknown_role MAYOR", (promised("to: [MAYOR]"),)),
    ("unknown_field whom", (promised("whom: [POL]"),)),
    ("unknown_field not_from", (promised("from: [JE], not_from: [CRIP], to: [POL]"),)),
    ("bad_quorum 0 of 7", (("quorum: all", "quorum: 0"),)),
    ("bad_quorum 8 of 7", (("quorum: all", "quorum: 8"),)),
    ("bad_quorum most of 7", (("quorum: all", "quorum: most"),)),
    ("bad_party admin", (("  police: {fr", "  admin: {fr"),)),
    ("bad_party Police-1", (("  police: {fr", "  Police-1: {fr"),)),
    # reference services; the look-up stands there with the table and not without
    ("no_reference", (("reference: [CRIP, ASE]", "reference: []"),)),
    ("unknown_role CRYPT", (("reference: [CRIP, ASE]", "reference: [CRYPT]"),)),
    ("unknown_field told", (("reference: [CRIP, ASE]\n",
                                  "reference: [CRIP, ASE]\n  told: [R08]\n"),)),
    ("system_differs", (("  LOOKUP:\n    issuers: [CRIP, ASE]",
                              "  LOOKUP:\n    issuers: [CRIP]"),)),
    ("unknown_field LOOKUP", (("\naccess:\n", "\nstrange:\n"),)),
    ("missing_field", (("\n  LOOKUP:", "\n  GLANCE:"),)),
    ("unknown_purpose mediate", (MEDIATE,)),
    # what a small file may cost
    ("too_many_items", tuple(role(f"N{number}", "police") for number in range(MAX_ROLES - 16))),
    ("too_many_items", (("    issuers: [EDU-S]\n    recipients: [CRIP]\n", THOUSAND, "R01"),)),
    # two names that the eye may confuse, in either language: case, spaces, accents, 1, I and l
    ("names_alike CRIP named like POL", ((POLICE, "fr: la  Crip"),)),
    ("names_alike HOME named like POL",
     (("fr: le lieu d'accueil", "fr: les services de polıce et de gendarrnerie"),)),
    ("names_alike CRIP named like POL",
     (("en: the police and gendarmerie", 'en: "the child-concern intake unit, CRlP"'),)),
    ("names_alike COPIL named like PSP",
     (("fr: le comité de pilotage", 'fr: "l’équipe de prévention spécialisee"'),)),
    ("names_alike HOME named like JE",
     (("fr: le lieu d'accueil", "fr: juge des enfants"),)),  # a label, and a name
    ("names_alike HEALTH.vital named like IDENTITY",
     (("fr: signes cliniques constatés ou directement observés", "fr: Identité"),)),
    ("names_alike investigate named like assess",
     (("fr: \"apprécier l'alerte\"", "fr: Enquêter"),)),
    ("names_alike association named like education",
     (("en: Partner associations", "en: national education (DSDEN 93)"),)),
    ("names_alike NEW named like POL",
     (NEW, ("fr: le nouveau rôle NEW", POLICE))),
    # letters are ASCII, and still 0 is read as O, and 1 as I or l
    ("codes_alike P0L like POL", (role("P0L", "child_welfare"),)),
    ("codes_alike EDU_S like EDU-S", (role("EDU_S", "child_welfare"),)),
    ("codes_alike CRlP like CRIP", (role("CRlP", "association"),)),
    ("codes_alike Bus like BUS", (role("Bus", "association"),)),
    ("codes_alike 0DPE like ODPE",
     (("\n# Reference services of a case",
            "\n  0DPE: {fr: le maire, en: the mayor}\n\n# Reference services of a case"),)),
    ("codes_alike pollce like police",
     (("\n# How many", "  pollce: {fr: Ville, en: City}\n\n# How many"),)),
    ("codes_alike CPP-1I like CPP-11", (("  CPP-40:\n", f"  CPP-1I:\n{TEXT}  CPP-40:\n"),)),
    # an answer counts what its author sends, not the event's type alone
    ("reply_to_nothing R97: HOME",  # R06 is no alert
     (clause("R97", "ASE", "HOME", conditions="[own_ip]"),)),
    ("reply_to_nothing R97: PARQ-CRIM",  # only R22 counts
     (clause("R97", "JE", "PARQ-CRIM", conditions="[own_st]"),)),
    ("reply_to_nothing R41.1: SNATED",
     (("[EDU-H, EDU-S, PMI, SSD]", "[EDU-H, EDU-S, PMI, SSD, SNATED]", "R41"),)),
    ("reply_to_nothing R97: POL",
     (clause("R97", "PARQ-CIV", "POL", purpose="progress", conditions="[own_report]"),)),
    # whoever is asked to take part must be brought in by something else
    ("never_assigned R97: NEW", (NEW, ITSELF)),
    ("never_assigned", (NEW, ITSELF, clause("R98", "ASE", "NEW",
                                            **INVITE | {"purpose": "progress"}))),  # a circle
    # duties that one event makes the same desk owe by the same act: the bus opens the first alone
    ("duty_hidden R46: R42", (owing("R29", "issuer", "CRIP"), owing("R46", "issuer", "PMI"))),
    ("duty_hidden R46: R42", (owing("R29", "issuer", "CRIP"), owing("R46", "ASE", "PMI"))),
    ("duty_hidden R29: R31", (owing("R46", "MO", "ASE", "R31"),)),
    ("duty_hidden R46: R42", (owing("R46", "issuer", "recipient"),
                              ("recipients: [HOME]", "recipients: [HOME, PMI]", "R46"))),
    # whom a duty tells of an event is held to the promises; a new role as the known ones beside it
    ("invariant_broken_by_duty I03: R02 tells POL of what EDU-H sends (IP, assess)",
     (owing("R02", "POL", "CRIP", "R07"),)),
    ("invariant_broken_by_duty", (owing("R02", "recipient", "POL", "R39"),)),  # once it is late
    ("invariant_broken_by_duty I04: R05 tells POL", (owing("R05", "POL", "CRIP", "R07"),)),
    ("invariant_broken_by_duty", (TOLD, promised("to: [ASE], from: [EDU-H]"))),
    ("invariant_broken_by_duty",  # all categories one by one are everything
     (TOLD, promised(f"to: [ASE], from: [EDU-H], what: [{ALL}, SCHOOLING, STAT]"))),
    ("invariant_broken_by_duty I03: R02 tells BPM of what EDU-H sends",
     (SQUAD, clause("R90", "BPM", "CRIP"), owing("R02", "BPM", "CRIP", "R90"))),
    ("hard_denial", (SQUAD, clause("R90", "EDU-H", "BPM", scopes="[IDENTITY]"))),
    ("hard_denial", (TEACHERS, clause("R90", "EDU-X", "POL"))),
    ("assignment_missing", (TEACHERS, clause("R90", "CRIP", "EDU-X", event="EVALREQ",
                                             purpose="contribute", scopes="[IDENTITY]"))),
    ("invariant_broken I05: R90", (*COURT, promised("from: [JE], to: [ASE], events: [FEEDBACK]"))),
    ("invariant_broken",
     (*COURT, promised("not_from: [JE-2], to: [ASE], events: [FEEDBACK]"))),
    # a purpose of its own leads around no denial and no promise about everything
    *(
        ("assignment_missing", (ROW, clause("R97", "ASE", "PSP", event=event, purpose="mediate")))
        for event in ("IP", "EVALREQ", "EVALREP", "MISSING", "COORD")
    ),
    ("invariant_broken", (ROW, MEDIATE, promised("to: [ASSO], what: [RISK.level]"))),
    # `not_to` means whoever else there is, those who join later included
    ("invariant_broken I06", (NEW, clause("R97", "PARQ-CIV", "NEW", scopes="[PROCEDURE.status]"),
                              ("but: [PROCEDURE.status, PROCEDURE.hearing]",
                                    "but: [PROCEDURE.hearing]"))),
    # what no clause may break
    ("invariant_broken I08: R41.2 lets PARQ-CRIM send CODE.outcome to POL",
     (("keep: P30", "keep: P90", "R41"),)),
    ("invariant_broken I04: R38 lets ASSO send CODE.attendance to POL (HEARING, be_present)",
     (("[ASSO, PSP], to: [POL], but: [CODE.attendance]}", "[ASSO, PSP], to: [POL]}"),)),
    ("invariant_broken I05: R23 lets PARQ-CIV send RISK.level to JE",  # by its base, RISK
     (promised("what: [RISK.level], to: [JE]"),)),
    *(
        ("invariant_broken I05: R90 lets JE send FACTS",  # of the police is of its squad
         (SQUAD, clause("R90", "JE", "BPM"),
          promised(f"{who}, what: [FACTS.summary], events: [FEEDBACK]")))
        for who in ("from: [JE], to: [POL]", "not_from: [EDU-S], to: [POL]",
                    "from: [JE], not_to: [BPM]", "from: [JE], not_to: [CRIP]")
    ),
]  # fmt: skip
OWES: Final = "duties:\n      - {act: R37, debtor: POL, creditor: issuer, within: 1wd}\n"
RETURN: Final = "      - {act: ACK:received, debtor: recipient, creditor: issuer, within: "
LOADED: Final[dict[str, tuple[Edit, ...]]] = {
    "a notice holds no data: a promise about some says nothing of it": (
        TOLD, promised("what: [FACTS.source], to: [ASE]")),
    "who is a recipient anyway is told nothing new": (("duties: []", OWES, "R38"),),
    "a known role stands for itself": (promised("from: [JE], to: [PARQ-CIV]"),),
    "another clause brings in who is invited": (
        NEW, ITSELF, clause("R98", "ASE", "NEW", **INVITE | {"purpose": "progress",
                                                             "conditions": "[]"})),
    "the same duty of two clauses is one duty": (
        owing("R29", "issuer", "CRIP"), owing("R46", "issuer", "CRIP")),
    "recipients of two clauses may owe by different dates": (
        ("within: 2wd", "within: 3wd", "R30"),),
    "recipients of one clause may owe by different dates": (
        (f"{RETURN}1wd, recipients: [ASE, HOME]}}\n",
         f"{RETURN}1wd, recipients: [ASE]}}\n{RETURN}2wd, recipients: [HOME]}}\n", "R26"),),
    "nothing is promised of R43": (("keep: P30", "keep: P90", "R43"),),
    "who may look a case up is a list in any order": (
        ("reference: [CRIP, ASE]", "reference: [ASE, CRIP]"),),
}  # fmt: skip


@pytest.mark.parametrize(("told", "edits"), SECOND_FAULTS, ids=[row[0] for row in SECOND_FAULTS])
def test_a_faulty_version_is_refused_with_its_cause_and_told_in_words(
    told: str, edits: tuple[Edit, ...]
) -> None:
    """At a line; of what looks alike, at the line of the second."""
    error = refusal(*edits)

    line = amended(*edits).decode().splitlines()[error.line - 1]
    assert f"{error.code} {error.got}".startswith(told)
    assert not error.code.endswith("_alike") or f"  {error.facts[1]}:" in line
    assert_told(error)


@pytest.mark.parametrize("why", LOADED)
def test_what_hides_and_tells_nothing_loads(why: str) -> None:
    """No promise is read for more than it says."""
    assert of(*LOADED[why]).version == second().version


@pytest.mark.slow
def test_a_code_is_held_apart_from_known_ones_that_the_file_lacks() -> None:
    """Without any PSP of its own, a file may not call another role PsP."""
    lost = amended().decode().replace("  PSP:\n", "  PsP:\n", 1)

    with pytest.raises(ConventionError) as caught:
        load(re.sub(r"\bPSP\b", "PsP", lost).encode(), "alike.yaml")

    assert (caught.value.code, caught.value.facts) == ("codes_alike", ("PSP", "PsP"))

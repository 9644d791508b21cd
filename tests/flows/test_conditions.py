"""Every condition of every grant, missing one at a time; hard denials under any clause."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest

from contracts.convention import hard_denials
from contracts.convention.clauses import Grant
from contracts.convention.load import load
from contracts.conventions import shipped
from contracts.keys.directory import Directory
from contracts.vocabulary.schema import Ref, desk_urn
from contracts.vocabulary.scopes import SCOPES
from tests.contracts.envelope import kit
from tests.flows.acts import CASE, DECLARED, OTHER, decided, raw, ref
from tests.world import World

CONVENTION: Final = load(shipped(), "shipped")
GRANTS: Final = tuple(grant for grant in CONVENTION.grants if not grant.publication)
DESK_OF: Final = {role: desk for desk, (role, _, _) in reversed(kit.DESKS.items())}

# role -> an event by which a desk of that role becomes assigned to the case
_ASSIGNING: Final = {
    "CRIP": ("edu-s", "IP", "assess"),
    "EDU-S": ("edu-s", "IP", "assess"),
    "ASE": ("crip", "EVALREQ", "evaluate"),
    "PMI": ("crip", "EVALREQ", "contribute"),
    "JE": ("parq-civ", "ST", "seize_judge"),
    "PARQ-CIV": ("crip", "SIG", "seize_judge"),
    "HOME": ("parq-civ", "MEASURE", "execute_opp"),
    "MO": ("ase", "MEASURE", "aed_home"),
    "ASSO": ("crip", "SPECREF", "joint_evaluation"),
    "PJJ": ("je", "MEASURE", "mjie"),
}
_ALERT_OF: Final = {  # role -> how it alerts the CRIP
    "EDU-S": ("IP", "assess"), "EDU-H": ("IP", "assess"), "PMI": ("IP", "assess"),
    "PSP": ("IP", "assess"), "ASSO": ("IP", "assess"), "POL": ("IP", "assess"),
    "HOME": ("SIG", "avoid_duplicates"), "MO": ("SIG", "avoid_duplicates"),
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """One question of a grant: who to whom."""

    grant: Grant
    issuer: str
    recipient: str

    @property
    def scopes(self) -> str:
        """One scope that the grant releases."""
        return min(self.grant.scopes)


def asked_of(grant: Grant) -> Iterator[Asked]:
    """Every question that a grant answers."""
    for issuer in grant.issuers:
        for recipient in grant.recipients:
            yield Asked(grant, DESK_OF[issuer], DESK_OF[recipient])


def everything(condition: str = "") -> list[Any]:
    """Every question, or every one whose grant has a condition."""
    return [
        pytest.param(one, id=f"{one.grant.id}-{one.issuer}-{one.recipient}")
        for grant in GRANTS
        if not condition or condition in grant.conditions
        for one in asked_of(grant)
    ]


def prepare(world: World, asked: Asked, without: str = "") -> list[Ref]:
    """Bring the case to where the grant's conditions on state hold, all but one; the `re`."""
    if "assigned" in asked.grant.conditions and without != "assigned":
        role = kit.DESKS[asked.recipient][0]
        issuer, etype, purpose = _ASSIGNING[role]
        to = "crip" if role == "EDU-S" else asked.recipient
        raw(world, issuer, etype, (to, purpose, "IDENTITY"))
    for condition, answered in _ANSWERED.items():
        if condition in asked.grant.conditions:
            return [answered(world, asked, condition != without)]
    return []


def _copied(world: World, asked: Asked, held: bool) -> Ref:
    """The issuer's own report, of this case or of another."""
    return _reported(world, asked.issuer, CASE if held else OTHER)


def _own_alert(world: World, asked: Asked, held: bool) -> Ref:
    """The recipient's own alert, or somebody else's."""
    other = "asso" if asked.recipient == "psp" else "psp"
    return _alerted(world, asked.recipient if held else other)


def _own_report(world: World, asked: Asked, held: bool) -> Ref:
    """The recipient's own report, or another's; for the police, the inquiry it was given."""
    if asked.grant.realm == "civil":
        return _reported(world, asked.recipient if held else "asso", CASE)
    case = CASE if held else OTHER
    to = ("pol", "investigate", "FACTS")
    event = raw(world, "parq-crim", "ST", to, realm="criminal", case=case)
    return ref("parq-crim", event, "criminal")


def _own_instruction(world: World, asked: Asked, held: bool) -> Ref:
    """The prosecutor's own instruction, or an alert."""
    if not held:
        return _alerted(world, "edu-s")
    to = (asked.issuer, "evaluate", "IDENTITY")
    return ref(asked.recipient, raw(world, asked.recipient, "ST", to, due="2026-12-01"))


_ANSWERED: Final = {
    "copy_of": _copied,
    "own_ip": _own_alert,
    "own_report": _own_report,
    "own_st": _own_instruction,
}


def _reported(world: World, issuer: str, case: str) -> Ref:
    event = raw(world, issuer, "SIG", ("parq-civ", "protect_now", "IDENTITY CONTACT"), case=case)
    return ref(issuer, event)


def _alerted(world: World, issuer: str) -> Ref:
    etype, purpose = _ALERT_OF[kit.DESKS[issuer][0]]
    re = [_reported(world, issuer, CASE)] if etype == "SIG" else []
    event = raw(world, issuer, etype, ("crip", purpose, "IDENTITY"), re=re)
    return ref(issuer, event)


def ask(world: World, asked: Asked, re: list[Ref], **declared: Any) -> dict[str, Any]:
    """Send what the grant permits; the decision for its recipient."""
    given = {name: value for name, value in (DECLARED | declared).items() if value is not None}
    scope = "IDENTITY" if "copy_of" in asked.grant.conditions else asked.scopes
    event = raw(
        world, asked.issuer, asked.grant.event, (asked.recipient, asked.grant.purpose, scope),
        re=re, declared=given, realm=asked.grant.realm,
    )  # fmt: skip
    return decided(world, event, asked.recipient)


def unbind(world: World, realm: str, desk: str) -> None:
    """Make a desk one that is not bound by professional secrecy."""
    registry = world.registries[realm]
    _, dird = registry.in_force(world.clock.now())
    directory: Directory = registry.directories[dird]
    urn = desk_urn(realm, desk)
    desks = directory.desks | {urn: replace(directory.desks[urn], secrecy=False)}
    registry.directories[dird] = replace(directory, desks=desks)


@pytest.mark.parametrize("asked", everything())
def test_with_all_conditions_met_a_grant_releases(asked: Asked) -> None:
    """All questions of the convention, each once: yes, by this grant."""
    world = World()

    found = ask(world, asked, prepare(world, asked))

    assert (found["verdict"], found["clause"]) == ("release", asked.grant.id)


UNMET: Final = [  # condition, what is declared otherwise, the one reason, or the verdict
    ("informed", {"informed": None}, "not_informed"),
    ("urgent", {"call": None}, "no_call"),
    ("danger", {"danger": None}, "danger_not_qualified"),
    ("authorised", {"auth": None}, "no_authorisation"),
    ("authorised_if_inquiry", {"auth": None}, "no_authorisation"),
    ("authorised_if_inquiry", {"inquiry": None}, "inquiry_not_declared"),  # no way round
    ("authorised_if_inquiry", {"inquiry": False, "auth": None}, "release"),
    ("parents_told", {"parents_told": None}, "parents_not_told"),
    ("parents_told", {"parents_told": "deferred", "auth": None}, "no_authorisation"),
    ("parents_told", {"parents_told": "deferred"}, "release"),
    ("parents_agree", {"parents_agree": None}, "parents_not_agreed"),
    ("measure_open", {"measure_open": None}, "no_open_measure"),
    # nobody can declare it: the log says who takes part, who reported, who alerted
    ("assigned", {}, "not_assigned"),
    ("copy_of", {}, "not_a_copy"),
    ("own_ip", {}, "not_own_ip"),
    ("own_report", {}, "not_own_report"),
    ("own_st", {}, "not_own_st"),
]


@pytest.mark.parametrize(
    ("asked", "condition", "declared", "reason"),
    [
        pytest.param(one.values[0], condition, declared, reason, id=f"{reason}-{one.id}")
        for condition, declared, reason in UNMET
        for one in everything(condition)
    ],
)
def test_a_condition_that_is_not_met_withholds(
    asked: Asked, condition: str, declared: dict[str, Any], reason: str
) -> None:
    """Everything else declared and true: one reason, and nothing is released."""
    world = World()

    found = ask(world, asked, prepare(world, asked, "" if declared else condition), **declared)

    if reason == "release":
        assert found["verdict"] == reason
    else:
        assert (found["verdict"], found["reasons"]) == ("withhold", [reason])
        assert not found.get("released")


@pytest.mark.parametrize("side", ["issuer", "recipient"])
@pytest.mark.parametrize("asked", everything("secrecy"))
def test_who_is_not_bound_by_secrecy_neither_sends_nor_gets(asked: Asked, side: str) -> None:
    """The directory says who is bound, for both sides."""
    world = World()
    re = prepare(world, asked)
    unbind(world, asked.grant.realm, asked.issuer if side == "issuer" else asked.recipient)

    found = ask(world, asked, re)

    assert (found["verdict"], found["reasons"]) == ("withhold", [f"{side}_not_secrecy_bound"])


def widened(world: World) -> None:
    """A convention gone wrong: every grant releases every scope, on no condition."""
    for name in ("civil", "criminal"):
        registry = world.registries[name]
        convd, _ = registry.in_force(world.clock.now())
        found = registry.conventions[convd]
        grants = tuple(
            replace(grant, scopes=frozenset(SCOPES), conditions=()) for grant in found.grants
        )
        registry.conventions[convd] = replace(found, grants=grants)


@pytest.mark.parametrize("asked", everything())
def test_a_wrong_clause_does_not_lift_a_hard_denial(asked: Asked) -> None:
    """HEALTH to a school, PROCEDURE out of justice, confidences to the police: never."""
    world = World()
    widened(world)
    roles = kit.DESKS[asked.issuer][0], kit.DESKS[asked.recipient][0]
    never = sorted(one for one in SCOPES if hard_denials.denied(*roles, asked.grant.event, one))

    event = raw(
        world, asked.issuer, asked.grant.event,
        (asked.recipient, asked.grant.purpose, " ".join(SCOPES)),
        realm=asked.grant.realm,
    )  # fmt: skip
    found = decided(world, event, asked.recipient)

    assert {"HEALTH", "FACTS.source", "STAT.counts"} <= set(never)
    assert set(found.get("released", {})).isdisjoint(never)
    needed = hard_denials.needs_assignment(asked.grant.event, asked.grant.purpose, roles[1])
    if needed:
        assert found["reasons"] == ["not_assigned"]
    else:
        withheld = {one["scope"]: one["reasons"] for one in found["withheld"]}
        assert {one for one in withheld if "hard_denial" in withheld[one]} == set(never)

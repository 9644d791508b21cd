"""What joining lacks, row by row: tested from the partner's own folder, or said to be somebody's to confirm."""

from __future__ import annotations

import json
import shutil
import time
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contracts.conventions import fresh
from contracts.encoding import digest
from contracts.keys.keyring import read_signing_file
from contracts.keys.signers import Signer
from services.cli.app import create_app
from services.cli.partner.checklist import checked
from services.conformance.export import table_digest
from services.conformance.judge import CaseVerdict, judge
from services.conformance.report import make_report, sign_report
from services.conformance.signed_plan import make_plan, read_plan, sign_plan, versions_of
from services.conformance.systems import SYSTEMS, SystemKind
from services.operate.home.home import Home
from services.operate.joining import words
from services.operate.joining.checklist import ChecklistRow, directory_row, discovery_row, own_keys
from tests.services.conformance.test_signed_plan import TESTER

URN = "urn:relais:civil:desk:asso-2"
MADE_AT = 1_800_000_060
FACTS = {
    "system": "issuer", "folders": ["conformance/recipient", "conformance/issuer"], "n": 1, "all": 7, "file": "ca.pem", "got": "1", "expected": "2", "reason": "bad_signature",
    "event": "01a07a73-bb00-7f60-883b-74decdb29964",
}  # fmt: skip

pytestmark = pytest.mark.slow


def relais(*said: object, code: int = 0) -> str:
    """A command, as it is typed; what it printed."""
    done = CliRunner().invoke(create_app(), [str(word) for word in said])
    assert done.exit_code == code, done.output
    return done.output


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Home]:
    """A partner that has taken the answer of a home with an authority, whose directory lists it; Kafka is nowhere."""
    folder = tmp_path_factory.mktemp("checklist")
    home, own, out = folder / "home", folder / "partner", folder / "answer.json"
    Home(home).prepare(int(time.time()), 4)
    relais("keys", "ca", "--home", home)
    relais("partner", "new", "asso-2", "--role", "ASSO", "--folder", own)
    brokers = ("--brokers", "127.0.0.1:9")
    relais("partner", "answer", own / "request.json", "--home", home, *brokers, "--out", out)
    relais("partner", "join", out, "--folder", own)
    relais("directory", "sign", "--home", home)
    return own, Home(home)


@pytest.fixture
def own(joined: tuple[Path, Home], tmp_path: Path) -> Path:
    """A copy of the partner's folder, to spoil."""
    return Path(shutil.copytree(joined[0], tmp_path / "own"))


def states(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, str]]:
    """Row -> state and code, without waiting for brokers that are not there."""
    monkeypatch.setattr("services.operate.joining.bus_rows.WAIT_S", 0.2)
    return {row.name: (row.state, row.code) for row in checked(folder)}


def sends_nothing(folder: Path) -> None:
    """So that one report is asked for, as recipient."""
    request = json.loads((folder / "request.json").read_bytes())
    (folder / "request.json").write_text(json.dumps(request | {"sends": []}))


def desk_signer(folder: Path) -> Signer:
    """The desk's own."""
    return read_signing_file((folder / "keys" / "asso-2-sig-1.json").read_bytes())[1]


def ordered(home: Home, folder: Path, system: str, *, signed: bool = True, **other: str) -> str:
    """The owners' plan in its place, by its own nonce; the token.

    Args:
        signed: by the owners; else by a stranger.
        other: the version of the kit, the key that must sign.
    """
    kind = SystemKind(system)
    versions = versions_of(kind, other.get("kit", version("relais")), fresh())
    plan = make_plan(
        tested="own", system=kind, versions=versions, at=MADE_AT - 60, days=30, nonce="0" * 32,
        by=other.get("by", digest(desk_signer(folder).public)),
    )  # fmt: skip
    token = sign_plan(plan, home.owner("directory") if signed else TESTER)
    place = folder / "conformance" / system
    place.mkdir(parents=True, exist_ok=True)
    (place / "plan.jws").write_text(token)
    return token


def report(
    folder: Path,
    system: str,
    plan: str = "",
    wrong: str = "",
    kit: str = "",
    tested: str = "own",
    by: Signer | None = None,
) -> None:
    """A report of the kit in its place, signed by the desk itself or by somebody else."""
    signer = by or desk_signer(folder)
    cases = SYSTEMS[SystemKind(system)].cases
    expected = {case.id: case.expected() for case in cases}
    said = {
        name: CaseVerdict(
            (not one["reasons"]) != (name == wrong),
            one["reasons"][0] if one["reasons"] else "",
            withdrawn=one.get("withdraws", False),
        )
        for name, one in expected.items()
    }
    made = make_report(
        judge(cases, said),
        {
            "kit": kit or version("relais"), "system": system, "cases": table_digest(cases), "seed": "0" * 32,
            "at": 1_800_000_000, "convention": digest(fresh()), **({"plan": digest(plan)} if plan else {}),
        },
        tested=tested, convention="c", at=MADE_AT, signer=signer, evidence={"verdicts.jsonl": digest("said")},
    )  # fmt: skip
    place = folder / "conformance" / system
    place.mkdir(parents=True, exist_ok=True)
    (place / "report.jws").write_text(sign_report(made, signer))


def test_a_new_partner_sees_what_is_his_and_whose_the_rest_is(tmp_path: Path) -> None:
    """Exit 1, in both languages; JSON names each row; a folder that is none is wrong use."""
    relais("partner", "new", "asso-2", "--role", "ASSO", "--folder", tmp_path)
    asked = ("partner", "check", "--folder", tmp_path)

    rows = json.loads(relais(*asked, "--format", "json", code=1))["rows"]
    english, french = (relais(*asked, "--lang", lang, code=1) for lang in ("en", "fr"))

    assert [row["row"] for row in rows] == list(words.TITLES)
    assert {row["row"] for row in rows if row["state"] == "seen"} == {"settings", "request"}
    assert {row["row"] for row in rows if row["state"] == "ask"} == {"digests", "signatures"}
    assert "secretariat of the convention" in english
    assert "secrétariat de la convention" in french
    relais("partner", "check", "--folder", tmp_path / "keys", code=2)


def test_what_lies_in_the_folder_is_tested_without_any_broker(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Request, answer and certificate are seen; what only brokers show is not, and says that they are away."""
    found = states(own, monkeypatch)

    assert all(found[name][0] == "seen" for name in ("request", "answer", "certificate", "name"))
    assert found["tls"] == ("cannot", "kafka_away")
    assert found["ping"] == ("not_yet", "kafka_away")


@pytest.mark.parametrize(
    ("lost", "row", "code"),
    [
        ("keys/asso-2-sig-1.json", "request", "key_missing"),
        ("keys/asso-2-p30-*.json", "request", "key_missing"),
        ("request.json", "request", "no_request"),
        ("routing.secret", "answer", "no_answer_yet"),
        ("client.key", "certificate", "other_certificate"),
    ],
)
def test_what_is_lost_is_named(
    own: Path, monkeypatch: pytest.MonkeyPatch, lost: str, row: str, code: str
) -> None:
    """A key, the request, the secret, the certificate's key; none of it is made anew by the way."""
    for path in own.glob(lost):
        path.unlink()

    assert states(own, monkeypatch)[row][1] == code
    assert not list(own.glob(lost))


@pytest.mark.parametrize("text", ["{", "[]", '{"sends": 3}'])
def test_a_broken_request_is_a_row_and_no_end_of_the_others(
    own: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """Whatever stands in its file."""
    (own / "request.json").write_text(text)

    found = states(own, monkeypatch)

    assert found["request"] == ("cannot", "request_broken")
    assert found["certificate"] == ("seen", "")


def test_reports_count_by_the_owners_plan_if_all_cases_of_this_version_are_green(
    joined: tuple[Path, Home], own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One as recipient and, since it may send, one as issuer; until then it says what to ask for, and what to run."""
    plan = ordered(joined[1], own, "recipient")
    found = [states(own, monkeypatch)["conformance"]]
    other = ordered(joined[1], own, "issuer")
    report(own, "recipient", plan)
    found.append(states(own, monkeypatch)["conformance"])
    report(own, "issuer", other)
    found.append(states(own, monkeypatch)["conformance"])
    (own / "owners.json").unlink()
    found.append(states(own, monkeypatch)["conformance"])

    assert found == [
        ("not_yet", "no_plan"), ("not_yet", "no_report"), ("seen", ""), ("not_yet", "no_answer_yet"),
    ]  # fmt: skip


@pytest.mark.parametrize("lack", ["plan", "report"])
def test_all_plans_or_reports_that_are_missing_are_named_at_once(
    joined: tuple[Path, Home], own: Path, monkeypatch: pytest.MonkeyPatch, lack: str
) -> None:
    """A partner asks the owners once, and runs the kit twice without asking the checklist between."""
    monkeypatch.setattr("services.operate.joining.bus_rows.WAIT_S", 0.2)
    if lack == "report":
        for system in ("recipient", "issuer"):
            ordered(joined[1], own, system)

    (row,) = [row for row in checked(own) if row.name == "conformance"]

    assert row.code == f"no_{lack}"
    assert row.document()["folders"] == ["conformance/recipient", "conformance/issuer"]
    assert "in conformance/recipient and conformance/issuer" in words.cause(row, "en")


def test_a_report_that_the_owners_could_not_rely_on_is_refused_by_name(
    joined: tuple[Path, Home], own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By nobody's order, a stranger's or another one, of another system, key or kit, with failed cases, altered, or beside other evidence."""
    sends_nothing(own)
    home, place, found = joined[1], own / "conformance" / "recipient", list[str]()

    def tried(plan: str, *, wrong: str = "", kit: str = "", tested: str = "own") -> None:
        report(own, "recipient", plan, wrong, kit, tested)
        found.append(states(own, monkeypatch)["conformance"][1])

    old = ordered(home, own, "recipient", kit="0.0.1")
    tried(old, kit="0.0.1")
    tried(ordered(home, own, "recipient", by=digest("another key")))
    tried(ordered(home, own, "recipient", signed=False))
    plan = ordered(home, own, "recipient")
    tried("")
    tried(old)
    tried(plan, tested="another")
    tried(plan, kit="0.0.1")
    tried(plan, wrong=SYSTEMS[SystemKind("recipient")].cases[0].id)
    report(own, "issuer", ordered(home, own, "issuer"))
    for name in ("plan.jws", "report.jws"):
        shutil.copy(own / "conformance" / "issuer" / name, place)
    found.append(states(own, monkeypatch)["conformance"][1])
    ordered(home, own, "recipient")
    (place / "verdicts.jsonl").write_text("other")
    tried(plan)
    (place / "report.jws").write_text((place / "report.jws").read_text()[:-8] + "AAAAAAAA")
    found.append(states(own, monkeypatch)["conformance"][1])

    assert found == [
        "report_old", "report_of_another_key", "plan_not_by_owners", "report_without_plan",
        "report_of_another_plan", "report_of_another_system", "report_of_another_kit", "report_failed",
        "report_of_another_system", "evidence_differs", "bad_signature",
    ]  # fmt: skip


def test_the_owners_take_the_key_of_a_plan_from_the_partners_request(
    joined: tuple[Path, Home], own: Path, tmp_path: Path
) -> None:
    """And the checklist takes a report by it."""
    out = tmp_path / "plan.jws"
    given = ("--home", joined[1].path, "--tested", "own", "--out", out)

    relais("conformance", "plan", *given, "--request", own / "request.json")

    assert read_plan(out.read_text().strip()).by in own_keys(own)


def test_a_plan_and_report_of_another_partner_are_not_this_ones(
    joined: tuple[Path, Home], own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are genuine, by the other's key, and were copied."""
    sends_nothing(own)
    plan = ordered(joined[1], own, "recipient", by=digest(TESTER.public))
    report(own, "recipient", plan, by=TESTER)

    assert states(own, monkeypatch)["conformance"] == ("cannot", "plan_of_another_desk")


def test_a_key_is_the_desks_own_only_where_its_private_half_lies(own: Path) -> None:
    """Anybody could list another's in his request."""
    before, key = own_keys(own), digest(desk_signer(own).public)
    (own / "keys" / "asso-2-sig-1.json").unlink()

    assert before == {key}
    assert own_keys(own) == frozenset()


def test_the_directory_lists_the_desk_and_others_see_it(
    joined: tuple[Path, Home], own: Path
) -> None:
    """By keys whose private halves are here; a stranger's desk is not there yet, nor is a lost key."""
    folder, home = joined
    directory, convention, at = home.directory("civil"), home.convention, int(time.time())

    row = directory_row(folder, URN, convention, directory, at)
    shown = discovery_row(URN, convention, directory)

    assert row.state == "seen"
    assert min(shown.facts["to"], shown.facts["by"]) > 0
    other = "urn:relais:civil:desk:asso-9"
    assert directory_row(folder, other, convention, directory, at).code == "not_in_directory"
    crip = directory_row(folder, "urn:relais:civil:desk:crip", convention, directory, at)
    assert crip.code == "signer_not_listed"
    assert directory_row(folder, URN, convention, directory, directory.expires).state == "cannot"
    for path in own.glob("keys/asso-2-p7-*.json"):
        path.unlink()
    assert directory_row(own, URN, convention, directory, at).code == "key_not_held"


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_row_and_code_has_words(lang: str) -> None:
    """What it looks at, whose it is, why, and what to do."""
    for name, (title, who) in words.TITLES.items():
        assert title.say(lang)
        assert who.say(lang)
        for code in words.CODES:
            row = ChecklistRow(name, "cannot", code, FACTS)
            assert words.cause(row, lang) != code
            assert words.next_step(row, lang)

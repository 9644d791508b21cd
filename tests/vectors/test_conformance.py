"""The vectors for others' programs: partners pass all, each broken one is named."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
from typer.testing import Result

from contracts.keys.keyring import signing_entry
from services.conformance.judge import failures, fault_of
from tests.contracts.envelope.kit import DAY, signer
from tests.partners.home import command
from tests.partners.test_offline import LANGUAGES
from tests.shell import invoke
from tests.vectors.conformance import FOLDER, files, text
from tests.vectors.conformance.federation import TESTED, draws, urn
from tests.vectors.conformance.issuer import DraftBench
from tests.vectors.conformance.workbench import CANARY, DESCRIPTION, PHOTOGRAPH
from tests.vectors.specification.federation import AT

PARTS: Final = ("recipient", "issuer")  # folders
BROKEN: Final = Path(__file__).parent / "broken_partner.py"
# What a program leaves out or does wrongly -> a vector that names it.
FAULTS: Final = {
    "bad_signature": "slip-signature-altered",
    "wrong_alg": "slip-alg-eddsa",
    "wrong_header_keys": "slip-crit",
    "wrong_typ": "slip-typed-cover",
    "key_not_valid": "slip-key-ended",
    "claimed_authorship": "slip-by-another-desk",
    "not_by_router": "receipt-by-a-desk",
    "base64_not_canonical": "slip-lenient-base64",
    "not_canonical": "white-space",
    "cloudevent_differs": "shell-subject-differs",
    "slip_malformed": "slip-claim-more",
    "expired": "expired",
    "wrong_audience": "receipt-for-another-desk",
    "receipt_for_other_slip": "receipt-names-no-slip-here",
    "part_unlisted": "part-unlisted",
    "part_of_other_event": "part-of-another-event",
    "scope_not_released": "scope-without-clause",
    "wrong_commitment": "part-digest-differs",
    "plaintext_differs": "part-authorship-inside",
    "body_malformed": "body-unknown-member",
    "replayed": "number-of-before",
    "delivered_twice": "delivered-twice",
    "not_own_event": "withdrawal-by-a-stranger",
    "directory_expired": "until-the-directory-ends",
    "not_read": "not-read",
    "refuses_all": "whole-delivery",
    "takes_all": "part-altered",
    "tells_no_gap": "hole-in-the-numbers",
    "obeys_nothing": "withdrawal",
    "routed_now": "read-again-months-later",
    "ignores_at": "newest-key-of-its-month",
    "same_salts": "three-in-a-case",
    "no_chain": "three-in-a-case",
    "no_possession": "key-without-possession",
    "seals_to_revoked": "newest-key-revoked",
    "small_r": "slip-r-of-small-order",
    "stock_sizes": "photograph-at-its-bound",
}


def file_of(name: str) -> dict[str, Any]:
    """A file of one vector."""
    return next(
        {"given": file["given"], "vectors": [vector]}
        for file in files().values()
        for vector in file["vectors"]
        if vector["name"] == name
    )


def relais(folder: Path, program: str) -> Result:
    """`relais conformance`."""
    return invoke("conformance", folder, "--with", program)


def test_the_published_vectors_are_the_generators() -> None:
    """Byte for byte; no file that is not made, no name twice, no child named in clear."""
    for part in PARTS:
        there = {f"{part}/{path.name}" for path in (FOLDER / part).iterdir()}
        assert there == {name for name in files() if name.startswith(part)}
    for name, file in files().items():
        assert (FOLDER / name).read_bytes() == text(file), name
        assert CANARY.encode() not in text(file["vectors"]) or name.startswith("issuer"), name
    names = [vector["name"] for file in files().values() for vector in file["vectors"]]
    assert len(names) == len(set(names)) > 150


def beyond_a_file() -> dict[str, Any]:
    """Vectors of bounds that nobody would download: a page of control, an event of 1 MiB."""
    own = [signer(urn(TESTED), f"{TESTED}-sig-1{number}") for number in range(400)]
    entries = [signing_entry(one, one.public, one.owner, AT - DAY, AT + DAY) for one in own]
    bench = DraftBench(draws("long"))
    token = bench.directory(lambda row: row.update(signing=[*row["signing"], *entries]))
    assert len(token) > 129_536  # at which joserfc's JWS stop
    to = [
        bench.to(desk, bodies={DESCRIPTION: PHOTOGRAPH})
        for desk in ("crip", "ase", "pol", "crip-east", "crip-west")
    ]
    addressees = {"a long directory": 1, "four photographs": 4, "five photographs": 5}
    vectors = [
        {
            "name": name, "section": "envelope §2.7",
            "given": {"directory": token},
            "steps": [
                {
                    "at": AT, "draft": bench.draft(*to[:number], etype="MISSING"),
                    "expected": {"accepted": number < 5},
                }
            ],
        }
        for name, number in addressees.items()
    ]  # fmt: skip
    return file_of("one-addressee") | {"vectors": vectors}


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reference_partner_passes_all_vectors(language: str, tmp_path: Path) -> None:
    """From the files alone; and those that are too large to be handed out."""
    tried, large = [*files().values(), beyond_a_file()], tmp_path / "large.json"
    large.write_bytes(text(tried[-1]))
    paths = [*(FOLDER / name for name in files()), large]
    done = subprocess.run(
        [*command(language), "vectors", *paths], stdout=subprocess.PIPE, check=True
    )

    assert [one for file in tried for one in failures(file, done.stdout)] == []


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the broken programs have answered."""
    folder = tmp_path_factory.mktemp("said")
    for fault, vector in FAULTS.items():
        (folder / f"{fault}.json").write_bytes(text(file_of(vector)))
    subprocess.run([sys.executable, BROKEN, folder], check=True)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_program_is_named_by_a_vector(fault: str, said: Path) -> None:
    """By that vector alone, which the same program passes while it is whole, as above."""
    found = failures(file_of(FAULTS[fault]), (said / f"{fault}.said").read_bytes())

    assert [one.vector for one in found] == [FAULTS[fault]]


def test_the_command_names_what_was_failed(tmp_path: Path) -> None:
    """Exit 1, and 0 where nothing was; 2 where nothing lies or nothing starts."""
    (tmp_path / "vectors.json").write_bytes(text(file_of("whole-delivery")))
    good = relais(tmp_path, shlex.join([*command("python"), "vectors"]))
    failed = relais(tmp_path, "true")
    (tmp_path / "empty").mkdir()

    assert (good.exit_code, good.output) == (0, "1 vectors, 0 failed\n")
    assert failed.exit_code == 1
    assert "whole-delivery: 0 answers, 1 steps (envelope §8)" in failed.output
    assert "1 vectors, 1 failed" in failed.output
    assert relais(tmp_path / "empty", "true").exit_code == 2
    assert relais(tmp_path, "./no-such-program").exit_code == 2


@pytest.mark.parametrize(
    ("expected", "answer", "fault"),
    [
        ({"accepted": True}, {"accepted": True}, ""),
        ({"accepted": True}, {"accepted": "yes"}, "no answer"),
        ({"accepted": False, "reasons": ["expired"]}, {"accepted": False}, "for another reason ()"),
        ({"accepted": None, "reasons": ["seq_gap"]}, {"accepted": True, "alarm": "seq_gap"}, ""),
        ({"accepted": True, "withdrawn": ["1"]}, {"accepted": True}, "taken, and not obeyed"),
    ],
)
def test_an_answer_is_judged(expected: dict[str, Any], answer: dict[str, Any], fault: str) -> None:
    """By what was said, by why, and by what was taken back."""
    assert fault_of(expected, orjson.loads(orjson.dumps(answer))) == fault

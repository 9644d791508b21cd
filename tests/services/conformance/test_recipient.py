"""The kit for a recipient passes who keeps the specification, and names the fault of who does not."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import orjson
import pytest

from contracts.encoding import digest
from contracts.envelope.limits import MAX_RECEIPT, RECEIPT
from contracts.keys.jose import open_jws
from tests.services.conformance import reference
from tests.services.conformance.folder import failed, federation, files, write
from tests.vectors.conformance.federation import REALM
from tests.vectors.conformance.recipient import RECIPIENT
from tests.vectors.conformance.recipient.made import RecipientCase
from tests.vectors.conformance.workbench import CANARY, Workbench, digest_of

# A fault of an implementation -> the case that names it.
FAULTS: Final = {
    "ignores_slip_signature": "slip-signature-altered",
    "ignores_router_signature": "receipt-signature-altered",
    "takes_none": "slip-unsigned",
    "takes_hmac": "slip-hmac-of-public-key",
    "takes_eddsa": "slip-alg-eddsa",
    "knows_ed25519_only": "issuer-signs-es256",
    "ignores_crit": "slip-crit",
    "ignores_typ": "slip-typed-cover",
    "ignores_key_life": "slip-key-ended",
    "ignores_revocation": "slip-key-revoked",
    "any_author": "slip-by-another-desk",
    "any_router": "receipt-by-a-desk",
    "lenient_base64": "slip-lenient-base64",
    "lenient_json": "white-space",
    "open_shell": "extension-attribute",
    "any_headers": "null-header",
    "trusts_the_shell": "shell-subject-differs",
    "open_claims": "slip-claim-more",
    "ignores_expiry": "expired",
    "by_todays_clock": "read-again-months-later",
    "any_audience": "receipt-for-another-desk",
    "any_slip": "receipt-names-no-slip-here",
    "any_parts": "part-removed",
    "unlisted_parts": "part-unlisted",
    "two_parts": "two-parts-of-a-scope",
    "any_event": "part-of-another-event",
    "any_issuer": "part-of-another-issuer",
    "ignores_clauses": "scope-without-clause",
    "open_header": "part-zip",
    "ordered_header_only": "header-in-another-order",
    "ignores_pth": "part-digest-differs",
    "ignores_padding": "plaintext-not-padded",
    "ignores_plaintext": "part-authorship-inside",
    "any_body": "body-unknown-member",
    "any_notice": "notice-unknown-kind",
    "any_partition": "moved-to-another-partition",
    "ignores_numbers": "number-of-before",
    "ignores_gaps": "hole-in-the-numbers",
    "takes_twice": "delivered-twice",
    "obeys_nothing": "withdrawal",
    "issuer_alone": "withdrawal-by-the-heir",
    "first_heir_alone": "withdrawal-by-the-second-heir",
    "no_heirs_heir": "withdrawal-by-the-heirs-heir",
    "consent_always": "withdrawal-by-the-heirs-heir",
    "forgets_the_original": "withdrawal-of-what-was-entrusted",
    "any_withdrawal": "withdrawal-by-a-stranger",
    "both_ways": "withdrawal-by-who-ends",
    "any_quorum": "heir-without-quorum",
    "any_consent": "heir-without-consent",
    "any_role": "heir-of-another-role",
    "any_overlap": "heir-within-days",
    "orders_at_once": "heir-before-its-hour",
    "knows_no_entrust": "entrusted",
    "usual_bodies_alone": "entrusted-body-of-another-act",
    "any_entrusting": "entrusted-by-a-stranger",
    "ends_by_the_order": "entrusted-at-the-end",
    "any_heir": "entrusted-to-no-heir",
    "refuses_everything": "whole-delivery",
    "takes_everything": "part-altered",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The kit's folder."""
    return write(tmp_path_factory.mktemp("kit"), files())


def test_who_keeps_the_specification_passes(folder: Path) -> None:
    """A recipient that shares no code with ours, from the folder alone."""
    assert failed(reference.verdicts(folder)) == {}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught_by_the_case_that_names_it(folder: Path, fault: str) -> None:
    """One check is left out, and no other case is needed to see it."""
    found = failed(reference.verdicts(folder, frozenset({fault})))

    more = {
        "ignores_gaps": "other_reason",
        "obeys_nothing": "not_obeyed",
        "forgets_the_original": "not_obeyed",
    }
    assert found[FAULTS[fault]] in {"taken", "refused", more.get(fault, "")}


def test_there_are_as_many_cases_as_were_asked_for() -> None:
    """At least 80, 50 of them hostile, 12 under a genuine receipt; each with a name of its own."""
    assert len(RECIPIENT) >= 80
    assert sum(case.hostile for case in RECIPIENT) >= 50
    assert sum(case.under_receipt for case in RECIPIENT) >= 12
    assert len({case.id for case in RECIPIENT}) == len(RECIPIENT)


UNDER: Final = tuple(case for case in RECIPIENT if case.under_receipt)


@pytest.mark.parametrize("case", UNDER, ids=lambda case: case.id)
def test_under_a_genuine_receipt_is_what_the_plan_says_it_is(case: RecipientCase) -> None:
    """The router's key signed a receipt for this very slip and these very parts."""
    record = case.make(Workbench(federation(), case.id))[-1]
    data = orjson.loads(record.value or b"")["data"]
    keys = federation().directory.signing
    receipt = open_jws(data["receipt"], RECEIPT, keys, at=None, place="", limit=MAX_RECEIPT)

    assert receipt.key.owner == f"urn:relais:{REALM}:router"
    if case.id != "receipt-names-no-slip-here":
        assert receipt.claims["slip"] == digest(data["slip"])
    assert set(receipt.claims["parts"]) == {digest_of(part) for part in data["parts"]}


def test_nothing_of_what_is_expected_stands_in_the_folder(folder: Path) -> None:
    """Nor any name of a child outside a sealed part."""
    for path in folder.rglob("*"):
        if path.is_file():
            text = path.read_text()
            assert CANARY not in text, path
            if path.name != "convention.yaml":
                assert "accepted" not in text, path


def test_a_seed_makes_the_same_deliveries() -> None:
    """And another case draws other bytes."""
    first, again = (Workbench(federation(), "one").whole().record() for _ in range(2))

    assert first == again
    assert first != Workbench(federation(), "two").whole().record()

"""Figures in a reader's topic: an auditor's signature, one reader, one month; nothing else is read as such."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import orjson
import pytest

from contracts.encoding import canonical
from contracts.envelope.cloudevent import headers
from contracts.envelope.limits import NOTICE, STATISTICS
from contracts.envelope.publication import Publication, publication, read_publication, written
from contracts.errors import RelaisError
from contracts.keys import keyring
from contracts.keys.directory import Directory
from contracts.keys.jose import sign_jws
from contracts.keys.keyring import Signer
from contracts.vocabulary.figures import Counts
from contracts.vocabulary.schema import desk_urn
from tests.contracts.envelope import kit
from tests.contracts.vocabulary.figures import figures

AUDITOR = kit.signer(desk_urn("civil", "auditor"), "auditor-sig-1")


@cache
def directory() -> Directory:
    """A directory that names the auditor."""
    here = kit.realm("civil")
    payload: dict[str, Any] = copy.deepcopy(here.payload)
    label = {"fr": "Auditeur", "en": "Auditor"}
    row = keyring.desk_entry(
        AUDITOR.owner, "AUDIT", True, label, [kit.signing_row(AUDITOR)], agency="audit"
    )
    payload["desks"].append(row)
    return keyring.load_directory(keyring.sign_directory(payload, here.keeper), here.keepers)


def claims(signer: Signer = AUDITOR, **more: Any) -> Publication:
    """December's figures for the ODPE."""
    given: dict[str, Any] = {
        "signer": signer, "realm": "civil", "reader": "ODPE", "purpose": "observe", "clause": "R44",
        "at_ms": kit.NOW * 1000, "random": kit.Seeded("publication"),
    }  # fmt: skip
    return publication(Counts.model_validate_json(orjson.dumps(figures(count=12))), **given | more)


def read(value: bytes | None, reader: str = "ODPE") -> Publication:
    """As a reader does, with the directory and nothing else."""
    return read_publication(value, headers(), directory(), reader)


def test_a_reader_gets_the_month_that_was_signed() -> None:
    """With its purpose and clause; the same claims under the same key are the same bytes."""
    value = written(claims(), AUDITOR)

    assert read(value) == claims()
    assert orjson.loads(value)["subject"] == "2026-12"
    assert written(claims(), AUDITOR) == value


def forged(**shell: Any) -> bytes:
    """A record whose shell says something else than its token."""
    return canonical(orjson.loads(written(claims(), AUDITOR)) | shell)


def of_token(token: str) -> bytes:
    """A record with another token in a sound shell."""
    return forged(data={"statistics": token})


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "null_value"),
        (b"canary-7f3a91", "json"),
        (forged(subject="2026-11"), "cloudevent_differs"),
        (forged(type="relais.event.IP"), "cloudevent_differs"),
        (forged(data={"statistics": 7}), "wrong_data"),
        (forged(data={"cover": "x"}), "wrong_data"),
        (of_token(sign_jws(claims().wire(), NOTICE, AUDITOR)), "wrong_typ"),
        (of_token(sign_jws(claims().wire() | {"etype": "IP"}, STATISTICS, AUDITOR)), "statistics_malformed"),
        (of_token(sign_jws(claims().wire() | {"name": "Chloé"}, STATISTICS, AUDITOR)), "statistics_malformed"),
        (written(claims(reader="ONPE"), AUDITOR), "wrong_audience"),
        (written(claims(realm="criminal"), AUDITOR), "wrong_audience"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_by_its_code(value: bytes | None, code: str) -> None:
    """And nothing of what stood there is repeated."""
    with pytest.raises(RelaisError, match=code) as refused:
        read(value)

    assert "canary" not in str(refused.value)
    assert "Chloé" not in str(refused.value)


def test_what_a_desk_signs_is_no_publication() -> None:
    """Its key is in the directory, and it is no auditor; nor does an auditor's name under its key help."""
    desk = kit.realm("civil").signers["crip"]

    with pytest.raises(RelaisError, match="wrong_issuer"):
        read(written(claims(desk), desk))
    with pytest.raises(RelaisError, match="wrong_issuer"):
        read(written(claims(), desk))


def test_a_signature_over_another_month_is_none() -> None:
    """Token and shell are changed alike; the signature is what was signed."""
    token = orjson.loads(written(claims(), AUDITOR))["data"]["statistics"]
    other = orjson.loads(written(claims(reader="ONPE"), AUDITOR))["data"]["statistics"]
    head, body, _tail = token.split(".")

    with pytest.raises(RelaisError, match="bad_signature"):
        read(of_token(f"{head}.{body}.{other.split('.')[2]}"))

"""A new partner by configuration: a hospital's forensic unit (UMJ) with two clauses."""

from __future__ import annotations

from typing import Final

from contracts.convention.load import load
from contracts.conventions import SECOND, read
from services.committee.texts.clause_sentence import generate
from tests.contracts.convention.amended import clause, role
from tests.contracts.convention.kit import edited, following

PARTY: Final = "  hospital: {fr: Centre hospitalier (UMJ), en: Hospital (forensic unit)}\n"
CLAUSES: Final = (
    clause(
        "R97", "UMJ", "CRIP", event="IP", purpose="assess",
        label="{fr: information préoccupante, en: child-concern alert}",
        scopes="[IDENTITY, FACTS, RISK, HEALTH.vital]", traps="[HEALTH]",
        conditions="[informed, secrecy]", assigns="[issuer, recipient]",
        duties="\n      - {act: ACK:received, debtor: recipient, creditor: issuer, within: 1wd}"
               "\n      - {act: R98:final, debtor: recipient, creditor: issuer, within: 3mo, "
               "start: transmission, legal: true}",
        basis="[CASF-L226-2-1, CP-226-14]", sentence="{fr: FR-R97, en: EN-R97}",
    ),
    clause(
        "R98", "CRIP", "UMJ", label="{fr: \"retour à l'auteur\", en: reply to the author}",
        scopes="[CODE.outcome]", traps="[FACTS, RISK, HEALTH]", conditions="[own_ip]",
        basis="[CASF-L226-5]", sentence="{fr: FR-R98, en: EN-R98}",
    ),
)  # fmt: skip
LAST: Final = "  association: {fr: Associations partenaires, en: Partner associations}\n"


def third(text: bytes = b"") -> bytes:
    """The version after the second one, or after this, with the hospital in it."""
    return joined(following(text or read(SECOND)))


def joined(text: bytes) -> bytes:
    """A file with the hospital in it: a party, a role, two clauses with their sentences."""
    found = edited(text.decode(), (LAST, LAST + PARTY), role("UMJ", "hospital"), *CLAUSES)
    convention = load(found.encode())
    for grant in convention.grants[-2:]:
        for lang in ("fr", "en"):
            sentence = f'"{generate(convention, grant, lang)}"'
            found = found.replace(f"{lang.upper()}-{grant.id}", sentence)
    return found.encode()

"""What a row of the directory is held to when its desk asks to join, beyond its form and its keys' proofs."""

from __future__ import annotations

import re
from unicodedata import category

from contracts.convention.agreed import grants_of
from contracts.convention.clauses import DutySpec, Grant
from contracts.convention.model import Convention
from contracts.decision.conditions import clause_of
from contracts.errors import UsageError
from contracts.keys.directory_form import DeskRow
from contracts.vocabulary.events import version_of
from contracts.vocabulary.schema import realm_of, short
from services.texts import Catalogue

_ = Catalogue(__name__)


def is_shown(row: DeskRow) -> bool:
    """Whether its names hold what a reader sees: no character that moves others or a terminal's cursor."""
    hidden = ("Cc", "Cf", "Cn", "Co", "Zl", "Zp")
    return all(category(char) not in hidden for name in row.label.wire().values() for char in name)


def names_its_keys(row: DeskRow) -> bool:
    """Whether its signing keys are named as its own, as its encryption keys can only be.

    A key id stands once in a directory: by another desk's, or that desk's next one, nobody could sign the next version.
    """
    named = re.compile(rf"{short(row.desk)}-sig-[0-9]{{1,4}}")
    return row.encryption is None and all(named.fullmatch(key.kid) for key in row.signing)


def check_reads(row: DeskRow, convention: Convention) -> None:
    """That a desk reads what others owe it: whoever cannot seal an answer would be late for ever.

    Raises:
        UsageError: `owed_unread`.
    """
    owed = _acts_owed(convention, realm_of(row.desk), row.role)
    missing = [etype for etype in owed if version_of(etype) not in (row.reads or ())]
    if row.reads is not None and missing:
        types = ", ".join(missing)
        expected = _("what others owe its role among them: {types}").of(types=types)
        raise UsageError("owed_unread", ", ".join(row.reads), expected, row.desk)


def _acts_owed(convention: Convention, realm: str, role: str) -> list[str]:
    """Event types that others owe a role, by which they are to answer its desks."""
    grants = grants_of(convention, realm)
    owed = {
        act
        for grant in grants
        for duty in grant.duties
        if _is_owed(grant, duty, role)
        for act in duty.acts
    }
    return sorted(
        {
            grant.event
            for grant in grants
            if role in grant.recipients and clause_of(grant.id) in owed
        }
    )


def _is_owed(grant: Grant, duty: DutySpec, role: str) -> bool:
    parties = {"issuer": grant.issuers, "recipient": grant.recipients}
    return role in parties.get(duty.creditor, (duty.creditor,))

"""The owners' order for a run: which system is to be tested, by which cases, until when; signed, with a nonce.

A report alone says what its maker likes. One that was made after such a plan is of a run that the owners
asked for: its keys are drawn from the nonce, and the plan names system, kit, cases and convention.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field, ValidationError

from contracts.encoding import digest, parse, rfc3339, segments, unb64u
from contracts.errors import EnvelopeError, SignatureError, UsageError
from contracts.keys.directory import SigningKey
from contracts.keys.jose import sign_jws, verify_jws
from contracts.keys.signers import Signer
from contracts.vocabulary.fields import CLEAN
from contracts.vocabulary.schema import Closed, Digest, Instant
from services.conformance.export import table_digest
from services.conformance.systems import SystemKind, cases_of
from services.texts import Catalogue

_ = Catalogue(__name__)

TYP: Final = "referral-conformance-plan+jwt"
MAX_PLAN: Final = 8192  # characters of the token
MAX_NAME: Final = 255  # as long as a folder's
DAY_S: Final = 86_400

# Name and version of a tested system: one line, without characters that nobody sees.
SystemName = Annotated[str, Field(pattern=f"^{CLEAN}+$", max_length=MAX_NAME)]

DeskName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")]


class PlanVersions(Closed):
    """By what is tested: version of the kit, digests of its table of cases and of the convention."""

    kit: Annotated[str, Field(max_length=40)]
    cases: Digest
    convention: Digest


class SignedPlan(Closed):
    """What the owners order.

    Attributes:
        iat, exp: when it was signed, and after when no report follows it, seconds.
        tested: name and version of the tested system.
        desk: whose part is played over HTTP; missing: the usual one's.
        nonce: of which the keys of the run are drawn, 128 bits.
        by: digest of the public key that must sign the report: else a report of somebody else's run would follow it.
    """

    iat: Instant
    exp: Instant
    tested: SystemName
    system: Annotated[SystemKind, Field(strict=False)]
    versions: PlanVersions
    nonce: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    by: Digest
    desk: DeskName | None = None

    @property
    def until(self) -> str:
        """Its end, RFC 3339."""
        return rfc3339(self.exp)


def versions_of(
    system: SystemKind, version: str, convention: bytes, desk: str = ""
) -> PlanVersions:
    """By what this kit tests a kind of system; raises as `cases_of` does."""
    cases = table_digest(cases_of(system, desk))
    return PlanVersions(kit=version, cases=cases, convention=digest(convention))


def make_plan(
    *,
    tested: str,
    system: SystemKind,
    versions: PlanVersions,
    at: int,
    days: int,
    nonce: str,
    by: str,
    desk: str = "",
) -> SignedPlan:
    """A plan from `at` (seconds) on.

    Raises:
        UsageError: `plan_malformed`: a name that is too long or not of one line; `by` is no digest.
    """
    try:
        return SignedPlan(
            iat=at, exp=at + days * DAY_S, tested=tested, system=system, versions=versions,
            nonce=nonce, by=by, desk=desk or None,
        )  # fmt: skip
    except ValidationError:
        expected = _("a name of {n} characters at most, and a key’s digest").of(n=MAX_NAME)
        raise UsageError("plan_malformed", _("another text"), expected) from None


def sign_plan(plan: SignedPlan, signer: Signer) -> str:
    """The plan as a token."""
    return sign_jws(plan.wire(), TYP, signer)


def read_plan(token: str) -> SignedPlan:
    """What a plan says, whoever signed it: for who runs the kit and has no owners file yet.

    Raises:
        UsageError: `plan_malformed`.
    """
    try:
        claims = parse(unb64u(segments(token, 3, "plan")[1]), limit=MAX_PLAN, place="plan")
        return SignedPlan.model_validate(claims)
    except (EnvelopeError, ValidationError):
        raise _malformed() from None


def verified_plan(token: str, owners: Mapping[str, SigningKey]) -> SignedPlan:
    """What a plan says that one of the owners' keys has signed.

    Args:
        owners: the keys that sign directories (keys §5.1).

    Raises:
        UsageError: `plan_malformed`, `plan_not_by_owners`.
    """
    plan = read_plan(token)
    try:
        verify_jws(token, TYP, owners, at=None, place="plan", limit=MAX_PLAN)
    except (EnvelopeError, SignatureError):
        got, expected = _("another signature"), _("one of a key that signs the directory")
        raise UsageError("plan_not_by_owners", got, expected) from None
    return plan


def _malformed() -> UsageError:
    return UsageError(
        "plan_malformed", _("another document"), _("what `relais conformance plan --tested` makes")
    )

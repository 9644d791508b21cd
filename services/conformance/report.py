"""The report: what was tested, by which tests, what came of each; signed, so that it can be filed.

The signature is by a key of whoever ran the kit (`referral-conformance+jwt`, header as envelope §4.1);
the report names that key, and who reads it compares the key's digest with one that he knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from contracts.encoding import digest, parse, rfc3339, segments, unb64u
from contracts.keys.directory import SigningKey
from contracts.keys.jose import sign_jws, verify_jws
from contracts.keys.signers import Signer
from contracts.keys.verification import read_public
from services.conformance.export import signing_jwk
from services.conformance.http.recording import NOT_TRIED
from services.conformance.judge import FAULTS, CaseResult
from services.conformance.report_form import ReportForm, malformed, read_form

TYP: Final = "referral-conformance+jwt"
MAX_REPORT: Final = 1 << 20  # characters of the token
Report = dict[str, Any]


def make_report(
    results: Sequence[CaseResult],
    kit: dict[str, Any],
    *,
    tested: str,
    convention: str,
    at: int,
    signer: Signer,
    evidence: Mapping[str, str],
) -> Report:
    """The report as JSON of our profile.

    Args:
        kit: what `kit.json` says.
        tested: what the tested system is called, in the words of whoever ran the kit.
        convention: its version.
        at: when it was judged, seconds.
        signer: whose key is named in it.
        evidence: file beside the report -> digest of its bytes.
    """
    failed = [result for result in results if result.fault]
    return {
        "iat": at, "at": rfc3339(at), "tested": tested, "system": kit["system"],
        "versions": {
            "kit": kit["kit"], "specification": kit["kit"], "cases": kit["cases"],
            "convention": convention, "convention_digest": kit["convention"],
        },
        **{name: kit[name] for name in ("plan", "desk") if name in kit}, "evidence": dict(evidence),
        "seed": kit["seed"], "key": signing_jwk(signer), "passed": not failed,
        "counts": {
            "cases": len(results), "failed": len(failed),
            "hostile": sum(result.case.hostile for result in results),
            "under_receipt": sum(result.case.under_receipt for result in results),
        },
        "cases": [_row(result) for result in results],
    }  # fmt: skip


def _row(result: CaseResult) -> dict[str, Any]:
    case, verdict = result.case, result.verdict
    expected = case.expected()
    return {
        "case": case.id, "section": case.requirement.section, "hostile": case.hostile,
        "under_receipt": case.under_receipt,
        "title": {lang: case.title.say(lang) for lang in ("fr", "en")},
        "asks": {lang: case.requirement.asks.say(lang) for lang in ("fr", "en")},
        "reasons": expected["reasons"], "noticed": case.noticed,
        "withdraws": case.withdraws,
        "verdict": {
            "accepted": verdict.accepted, "reason": verdict.reason, "withdrawn": verdict.withdrawn,
        } if verdict else {},
        "fault": result.fault,
    }  # fmt: skip


def sign_report(report: Report, signer: Signer) -> str:
    """The report as a token."""
    return sign_jws(report, TYP, signer)


def read_report(token: str) -> tuple[Report, ReportForm, str]:
    """What a signed report says, as it stands and as its form has it; and the digest of the key that it names and that verifies it.

    Raises:
        UsageError: `report_malformed`, `report_contradicts_itself`.
        SignatureError: `bad_signature`.
        EnvelopeError: another fault of the token.
    """
    claims = parse(unb64u(segments(token, 3, "report")[1]), limit=MAX_REPORT, place="report")
    try:
        named = claims["key"]
        public = read_public(named["alg"], named["x"], named.get("y"))
        key = SigningKey(named["kid"], named["alg"], named["owner"], public, 0, 2**40)
    except (KeyError, TypeError, AttributeError):
        raise malformed() from None
    report, _key = verify_jws(token, TYP, {key.kid: key}, at=None, place="report", limit=MAX_REPORT)
    return report, read_form(report), digest(public)


def by_result(report: Mapping[str, Any]) -> tuple[list[Report], list[Report]]:
    """The cases that have failed, and those of which there is no verdict: nothing was said, or nothing was tried.

    Neither is passed; of the second nobody knows what the system does.
    """
    faulty = [row for row in report["cases"] if row["fault"]]
    silent = [row for row in faulty if not row["verdict"] or row["verdict"]["reason"] == NOT_TRIED]
    return [row for row in faulty if row not in silent], silent


def junit(report: Report, lang: str) -> bytes:
    """The same for a build server (JUnit's XML): a case without a verdict is an error, what was done wrong a failure."""
    failed, silent = by_result(report)
    suite = Element(
        "testsuite", name=f"relais conformance {report['system']}",
        tests=str(report["counts"]["cases"]), failures=str(len(failed)), errors=str(len(silent)),
        timestamp=report["at"],
    )  # fmt: skip
    for row in report["cases"]:
        case = SubElement(suite, "testcase", classname=row["section"], name=row["case"])
        if row["fault"]:
            why = FAULTS[row["fault"]].say(lang)
            kind = "error" if row in silent else "failure"
            SubElement(case, kind, message=why).text = row["title"][lang]
    indent(suite)
    text: bytes = tostring(suite, encoding="utf-8", xml_declaration=True)
    return text

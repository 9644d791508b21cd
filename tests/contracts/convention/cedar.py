"""The convention as Cedar policies, made from its plain YAML by the second reader: an oracle.

Cedar is another team's policy engine. Nothing of `contracts.convention` is used to make the
policies: each grant is one `permit` an issuer and recipient, each hard denial a `forbid` written by
hand from the convention's first writing, each condition an expression over plain facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import cedarpy

from tests.contracts.convention.second_reader import NARROW

Question = tuple[str, str, str, str, str]  # realm, issuer, event, purpose, recipient
Facts = Mapping[str, Any]

# What each condition asks of the facts (rules §6).
CONDITIONS: Final = {
    "informed": "context.informed",
    "secrecy": "context.issuer_bound && context.recipient_bound",
    "assigned": "context.assigned",
    "urgent": "context.call",
    "danger": "context.danger",
    "authorised": "context.auth",
    "authorised_if_inquiry":
        'context.inquiry == "no" || (context.inquiry == "yes" && context.auth)',
    "parents_told": 'context.told == "written" || (context.told == "deferred" && context.auth)',
    "parents_agree": "context.agree",
    "measure_open": "context.declared_open || context.judge",
    "copy_of": "context.original.contains(context.scope)",
    "own_ip": 'context.own.containsAny(["R01", "R02", "R03", "R04", "R05", "R07", "R11"])',
    "own_report":
        'if resource == Role::"POL" then context.own.contains("R21") '
        'else ![Role::"ASSO", Role::"PSP", Role::"HOME", Role::"MO"].contains(resource) && '
        'context.own.containsAny(["R08", "R09"])',
    "own_st": 'context.own.contains("R22")',
}  # fmt: skip

# The hard denials of rules §9, and what presupposes a part in the case.
FORBIDDEN: Final = """
forbid(principal, action, resource) when { ["HEALTH", "FACTS.source"].contains(context.scope) };
forbid(principal, action, resource == Role::"EDU-H") when { context.scope like "HEALTH*" };
forbid(principal, action, resource) when {
  context.scope like "PROCEDURE*" &&
  ![Role::"PARQ-CIV", Role::"PARQ-CRIM", Role::"JE", Role::"PJJ", Role::"POL"].contains(resource) &&
  !(action == Action::"FEEDBACK" && context.scope == "PROCEDURE.status") &&
  !(action == Action::"HEARING" && context.scope == "PROCEDURE.hearing")
};
forbid(principal, action, resource == Role::"POL") when {
  [Role::"EDU-S", Role::"EDU-H"].contains(principal)
};
forbid(principal, action, resource == Role::"POL") when {
  [Role::"ASSO", Role::"PSP"].contains(principal) && context.scope != "CODE.attendance"
};
forbid(principal, action, resource) when { context.scope like "STAT*" };
forbid(principal, action, resource) when {
  !context.assigned && (
    (action == Action::"IP" && context.purpose == "adapt_measure") ||
    (action == Action::"EVALREQ" && context.purpose == "contribute" && resource == Role::"EDU-S") ||
    (action == Action::"EVALREP" &&
      ["evaluate", "decide", "judge", "progress"].contains(context.purpose)) ||
    (action == Action::"MISSING" && context.purpose == "protect") ||
    (action == Action::"COORD" && ["invite", "decisions"].contains(context.purpose))
  )
};
"""


def policies(grants: Iterable[Mapping[str, Any]]) -> cedarpy.PolicySet:
    """All policies of a convention's grants."""
    return cedarpy.PolicySet.from_str(FORBIDDEN + "".join(map(_permits, grants)))


def _permits(grant: Mapping[str, Any]) -> str:
    """One permit for each issuer and recipient; publications are sent by nobody to nobody."""
    if grant.get("channel") == "publication":
        return ""
    scopes = sorted({one for scope in grant["scopes"] for one in (scope, *NARROW.get(scope, ()))})
    words = ", ".join(f'"{scope}"' for scope in scopes)
    asked = "".join(f" && ({CONDITIONS[name]})" for name in grant["conditions"])
    return "".join(
        f'permit(principal == Role::"{issuer}", action == Action::"{grant["event"]}", '
        f'resource == Role::"{recipient}") when {{ context.realm == "{grant["realm"]}" && '
        f'context.purpose == "{grant["purpose"]}" && [{words}].contains(context.scope) && '
        f'context.keep == "{grant["keep"]}"{asked} }};\n'
        for issuer in grant["issuers"]
        for recipient in grant["recipients"]
    )


def request(question: Question, keep: str, scope: str, facts: Facts) -> dict[str, Any]:
    """One tuple of the space, with the facts that conditions may read."""
    realm, issuer, event, purpose, recipient = question
    return {
        **_who(issuer, event, recipient),
        "context": {"realm": realm, "purpose": purpose, "keep": keep, "scope": scope, **facts},
    }


def decide(asked: Sequence[dict[str, Any]], by: cedarpy.PolicySet) -> list[bool]:
    """Cedar's decisions; an error in a policy is no decision."""
    nobody = cedarpy.Entities.from_json_str("[]")
    results = cedarpy.is_authorized_batch(list(asked), by, nobody)
    assert not any(result.diagnostics.errors for result in results)
    return [result.allowed for result in results]


def never(issuer: str, event: str, recipient: str, by: cedarpy.PolicySet) -> bool:
    """Whether Cedar denies whatever realm, purpose, scope, class and facts may be."""
    nobody = cedarpy.Entities.from_json_str("[]")
    found = cedarpy.is_authorized_partial(_who(issuer, event, recipient), by, nobody)
    return bool(found.decision == cedarpy.Decision.Deny)


def _who(issuer: str, event: str, recipient: str) -> dict[str, Any]:
    return {
        "principal": f'Role::"{issuer}"', "action": f'Action::"{event}"',
        "resource": f'Role::"{recipient}"',
    }  # fmt: skip

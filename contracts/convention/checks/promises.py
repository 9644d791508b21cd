"""Whether clauses keep the promises of their file.

Checked over the whole space at every load: what no grant releases is released to nobody, so that
the space ends with the grants.
"""

from __future__ import annotations

from typing import NoReturn

from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
from contracts.convention.promise import Invariant, thirds
from contracts.errors import ConventionError


def check_invariants(convention: Convention) -> None:
    """Refuse a convention that breaks its own invariants.

    Raises:
        ConventionError: `invariant_broken`, `invariant_broken_by_duty`, with the first
            counterexample, at its clause's line.
    """
    name = convention.file
    heard = [(grant, thirds(grant)) for grant in convention.grants]
    for promise in convention.invariants:
        for grant, third in heard:
            if not promise.holds(grant):
                for issuer, recipient, scope in promise.selection.of(grant):
                    got = f"lets {issuer} send {scope} to {recipient}"
                    whose = issuer, scope, recipient
                    _refuse("invariant_broken", promise, grant, got, whose, name)
            if promise.demand == "never":
                for issuer, role, duty in promise.selection.told(grant, third):
                    got = f"tells {role} of what {issuer} sends"
                    whose = issuer, duty, role
                    _refuse("invariant_broken_by_duty", promise, grant, got, whose, name)


def _refuse(
    code: str, promise: Invariant, grant: Grant, got: str, whose: tuple[str, str, str], name: str
) -> NoReturn:
    """Refuse with the facts of one release and, at their end, the promise's sentence."""
    sentence, act = promise.sentence["en"], (grant.event, grant.purpose)
    got = f"{promise.id}: {grant.id} {got} ({', '.join(act)})"
    facts = grant.id, promise.id, *whose, *act, sentence
    raise ConventionError(code, got, sentence, file=name, line=grant.line, facts=facts)

"""What the witnesses of the owners' policy say against a log, for the commands that judge it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import orjson
import typer

from contracts.errors import UsageError

if TYPE_CHECKING:
    from contracts.log.orders.order import Owners
    from contracts.log.replaying.finding import AuditFinding
    from contracts.proof.policy import TrustPolicy
    from services.audit.contradictions import Contradiction
    from services.cli.common.asked import AtHome

WitnessesOption = Annotated[
    str,
    typer.Option(
        "--witnesses",
        envvar="RELAIS_WITNESSES",
        help="JSON object: witness -> its address; else the home's agencies.",
    ),
]


def two_histories(
    asked: AtHome, realms: Iterable[str], owners: Owners, witnesses: str
) -> list[tuple[str, AuditFinding]]:
    """The alarms that witnesses raise, by realm; who was not reached is noted.

    Args:
        witnesses: as the option has it.

    Raises:
        UsageError: `witnesses_malformed`.
        ProofError: the home's policy is not one that the owners signed.
    """
    from services.platform.keys.policy_file import read_policy

    found: list[tuple[str, AuditFinding]] = []
    for realm in realms:
        policy = read_policy(asked.home, realm, owners)
        if policy is None:
            asked.note(f"{realm}: no policy of the owners, so no witness was asked")
            continue
        served = served_contradictions(asked, realm, policy, witnesses)
        found += [(realm, each.finding()) for each in served]
    return found


def longest_logs(
    asked: AtHome, realms: Iterable[str], owners: Owners, witnesses: str
) -> dict[tuple[str, int], tuple[int, str]]:
    """Realm and partition -> the most records that its log has signed for, and who serves that."""
    from services.audit.contradictions import longest_heads
    from services.platform.keys.policy_file import read_policy

    addresses, found = _addresses(asked, witnesses), dict[tuple[str, int], tuple[int, str]]()
    for realm in realms:
        if (policy := read_policy(asked.home, realm, owners)) is None:
            continue
        for origin, told in asyncio.run(longest_heads(policy, addresses)).items():
            found[realm, int(origin.rpartition("-")[2])] = told
    return found


def served_contradictions(
    asked: AtHome, realm: str, policy: TrustPolicy, witnesses: str
) -> list[Contradiction]:
    """What the witnesses of a policy serve against its logs; who was not reached is noted.

    Raises:
        UsageError: `witnesses_malformed`.
    """
    from services.audit.contradictions import ask_witnesses

    addresses = _addresses(asked, witnesses)
    if not addresses:
        asked.note(
            f"{realm}: witnesses are not asked for a second history of the log (offline; "
            "--witnesses names them); all else is checked"
        )
        return []
    answers = asyncio.run(ask_witnesses(policy, addresses))
    if answers.silent:
        silent = ", ".join(sorted(map(witness_name, answers.silent)))
        asked.note(f"{realm}: no answer on two histories from {silent}")
    return answers.found


def _addresses(asked: AtHome, witnesses: str) -> dict[str, str]:
    from services.operate.home.home import Home

    if not witnesses:
        return {name: f"{url}/witness" for name, url in Home(asked.home).addresses.items()}
    try:
        given: Any = orjson.loads(witnesses)
        addresses = {name: str(url) for name, url in given.items()}
        for url in addresses.values():
            _ = urlsplit(url).port  # which no connection would be made to
        return addresses
    except (ValueError, AttributeError):
        expected = "a JSON object: witness -> address"
        raise UsageError("witnesses_malformed", "other text", expected, "--witnesses") from None


def witness_name(witness: str) -> str:
    """Who a policy's or a key's witness is; one that no table has, as the policy writes it."""
    from services.committee.texts.labels import agency_name

    return agency_name(witness, "en").encode("utf-8", "backslashreplace").decode()

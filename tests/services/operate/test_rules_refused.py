"""What brokers refuse about rights, said in both languages by what was asked."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from contracts.errors import UsageError
from services.operate.rules import CLUSTER_DENIED, BrokerRules, Rule

pytestmark = pytest.mark.anyio

RULE = Rule("User:education", 2, "relais.civil.control", 3)
OTHER = 7


class Refusing:
    """A client of one broker that answers every request with an error code."""

    def __init__(self, code: int) -> None:
        self.cluster = SimpleNamespace(brokers=lambda: [SimpleNamespace(nodeId=1)])
        self._code = code

    async def send(self, *_: object) -> SimpleNamespace:
        """Its answer."""
        code = self._code
        return SimpleNamespace(error_code=code, creation_responses=[(code, "")])


def refusing(code: int) -> BrokerRules:
    """All brokers, of which there is one."""
    return BrokerRules(cast("Any", Refusing(code)))


def both(error: UsageError) -> tuple[str, str]:
    """What was found, in English and in French."""
    got = error.phrases[0]
    assert not isinstance(got, str)
    return got.say("en"), got.say("fr")


async def test_who_may_not_read_rights_is_told_so() -> None:
    """The request is named in the reader's language."""
    with pytest.raises(UsageError, match="not_admin") as told:
        await refusing(CLUSTER_DENIED).read()

    assert both(told.value) == ("no right to read rights", "pas le droit de lire les droits")


@pytest.mark.parametrize(
    ("code", "in_english", "in_french"),
    [
        (CLUSTER_DENIED, "no right to {}", "pas le droit de {}"),
        (OTHER, "error code 7, to: {}", "le code d’erreur 7, en réponse à la demande : {}"),
    ],
)
async def test_a_rule_that_is_refused_is_named(code: int, in_english: str, in_french: str) -> None:
    """As `relais acl plan` writes it."""
    with pytest.raises(UsageError) as told:
        await refusing(code).give([RULE])

    english, french = both(told.value)
    rule = "(topic relais.civil.control READ)"
    assert english == in_english.format(f"change rights {rule}")
    assert french.replace("\u00a0", " ") == in_french.format(f"modifier les droits {rule}")

"""What Kafka does not allow, said in whole sentences of both languages."""

from __future__ import annotations

import pytest
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)
from aiokafka.structs import TopicPartition

from contracts.errors import UsageError
from services.platform.kafka.connection import missing_rights
from services.platform.kafka.connection.missing_rights import (
    READ,
    READ_OFFSETS,
    WRITE_BY,
    WRITE_TO,
    ForbiddenError,
    check_topics,
    denied,
)
from services.texts import Text

pytestmark = pytest.mark.anyio

NOBODY = "un client sans certificat n’est pas autorisé à "


def french(error: UsageError) -> str:
    """What was found, as a French reader sees it."""
    got = error.phrases[0]
    assert not isinstance(got, str)
    return got.say("fr")


@pytest.mark.parametrize(
    ("error", "what", "in_english", "in_french"),
    [
        (TopicAuthorizationFailedError("relais.a"), READ, "read topic relais.a", "lire le topic relais.a"),
        (
            TopicAuthorizationFailedError(TopicPartition("relais.a", 0)), WRITE_TO,
            "write to topic relais.a", "écrire dans le topic relais.a",
        ),
        (
            TransactionalIdAuthorizationFailed("police.1"), WRITE_BY,
            "write by transactional id police.1", "écrire sous l’identifiant de transaction police.1",
        ),
        (
            GroupAuthorizationFailedError("routing.0"), READ_OFFSETS,
            "read offsets of group routing.0",
            "lire les positions de lecture enregistrées pour le groupe routing.0",
        ),
        (ClusterAuthorizationFailedError(), WRITE_TO, "write to cluster", "écrire dans le cluster Kafka"),
    ],
)  # fmt: skip
def test_what_is_denied_is_said_in_the_readers_language(
    error: KafkaError, what: Text, in_english: str, in_french: str
) -> None:
    """No English word stands in the French, and logs have the English as ever."""
    told = denied({}, error, what)

    assert told.got == f"a client without a certificate may not {in_english}"
    assert french(told) == NOBODY + in_french


@pytest.mark.parametrize(
    ("hidden", "in_english", "in_french"),
    [
        (["a"], "see topic a, or there is none", "voir le topic a, ou bien ce topic n’existe pas"),
        (
            ["a", "b"], "see topics a, b, or there are none",
            "voir les topics a, b, ou bien ces topics n’existent pas",
        ),
    ],
)  # fmt: skip
async def test_topics_that_are_hidden_are_named(
    hidden: list[str], in_english: str, in_french: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One or several, and that they may not exist at all."""

    async def none_of_them(*_: object) -> list[str]:
        return hidden

    monkeypatch.setattr(missing_rights, "_hidden", none_of_them)

    with pytest.raises(ForbiddenError) as told:
        await check_topics("127.0.0.1:9", hidden, {"ssl_context": None})

    assert told.value.got == f"a client without a certificate may not {in_english}"
    assert french(told.value) == NOBODY + in_french

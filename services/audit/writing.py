"""What an auditor writes to Kafka: its own word, in topics that nobody else writes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from contracts.envelope.wire import Outbound
from contracts.keys.directory import Directory
from contracts.keys.keyring import Signer
from contracts.log.orders.order import Owners
from contracts.vocabulary.principals import AUDITOR_DESK
from services.platform.kafka.connection.missing_rights import DENIED, WRITE_TO, denied
from services.platform.kafka.connection.wait import WAIT_SECONDS, unreachable
from services.platform.keys.keystore import desk_signers
from services.platform.patience import patient


@dataclass(frozen=True, slots=True)
class AuditorAtKafka:
    """Where the log is, and who reads it and says something of it.

    Attributes:
        keys: the home's folder of keys.
        now_ms: the federation's clock, milliseconds.
        client: options of its clients (security).
    """

    bootstrap: str
    owners: Owners
    keys: Path
    now_ms: Callable[[], int]
    client: Mapping[str, Any]

    def signer(self, directory: Directory) -> Signer:
        """Its newest key that a directory lists as valid now.

        Raises:
            UsageError: `key_file_missing`.
            DirectoryError: `no_signing_key`.
        """
        signers = desk_signers(self.keys, directory.realm, AUDITOR_DESK)
        return signers.valid(directory, self.now_ms() // 1000)[0]


async def write(auditor: AuditorAtKafka, records: Iterable[Outbound]) -> None:
    """Write records in their order, and wait until the brokers have them.

    Raises:
        UnreachableError: Kafka did not answer in time.
        UsageError: no right to write: `relais acl apply`.
    """
    producer = AIOKafkaProducer(
        bootstrap_servers=auditor.bootstrap, acks="all", enable_idempotence=True, **auditor.client
    )
    try:
        async with asyncio.timeout(patient(WAIT_SECONDS)):
            await producer.start()
        for record in records:
            async with asyncio.timeout(patient(WAIT_SECONDS)):
                await producer.send_and_wait(
                    record.topic, record.value, key=record.key,
                    headers=list(record.headers), partition=record.partition,
                )  # fmt: skip
    except DENIED as error:
        raise denied(auditor.client, error, WRITE_TO) from error
    except (KafkaError, TimeoutError) as error:  # no topic among them: `relais topics apply`
        raise await unreachable(auditor.bootstrap, auditor.client, error) from error
    finally:
        await producer.stop()

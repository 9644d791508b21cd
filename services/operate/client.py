"""The connection to the brokers' administration of topics, and its errors as ours.

confluent-kafka's AdminClient: it tells where a setting comes from, and changes one without touching
the others. It blocks, so it is asked in a thread. It is imported late: `relais --help` does not
load it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

from contracts.errors import UsageError
from services.platform.patience import patient
from services.platform.process.exit_codes import UnreachableError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from confluent_kafka import KafkaError
    from confluent_kafka.admin import AdminClient

    from services.platform.kafka.connection.connection import Tls

ASK_S: Final = 30.0  # for one request
SILENT: Final = 0  # librdkafka's own lines on standard error; errors are raised here

K = TypeVar("K")
T = TypeVar("T")


def connect(bootstrap: str, tls: Tls | None) -> AdminClient:
    """A client; nothing is asked yet."""
    from confluent_kafka.admin import AdminClient

    return AdminClient({"bootstrap.servers": bootstrap, "log_level": SILENT, **options(tls)})


def options(tls: Tls | None) -> dict[str, Any]:
    """librdkafka's names for what `connection.client_options` gives aiokafka."""
    if tls is None:
        return {}
    return {
        "security.protocol": "ssl",
        "ssl.ca.location": str(tls.ca),
        "ssl.certificate.location": str(tls.cert),
        "ssl.key.location": str(tls.key),
    }


@contextmanager
def told(what: str) -> Iterator[None]:
    """Raise what the brokers refuse as ours, naming what was asked.

    Raises:
        UnreachableError: `kafka_unreachable`.
        UsageError: `not_admin`, `refused_by_kafka`.
    """
    from confluent_kafka import KafkaException

    try:
        yield
    except TimeoutError:
        raise UnreachableError("kafka_unreachable", f"no answer to: {what}", "a broker") from None
    except KafkaException as error:
        raise _ours(error.args[0], what) from None


def answers(futures: Mapping[K, Future[T]], what: str, *, unless: int | None = None) -> dict[K, T]:
    """The results of requests, in their order; errors as `told`.

    Args:
        unless: code of the error that is as good as a result (somebody else was first).
    """
    from confluent_kafka import KafkaException

    results = {}
    for key, future in futures.items():
        with told(what):
            try:
                results[key] = future.result(patient(ASK_S))
            except KafkaException as error:
                if error.args[0].code() != unless:
                    raise
    return results


def not_admin(what: str) -> UsageError:
    """Whoever asks is no administrator."""
    got = f"no right to {what}"
    return UsageError("not_admin", got, "the certificate of `admin`")


def _ours(error: KafkaError, what: str) -> UnreachableError | UsageError:
    from confluent_kafka import KafkaError

    name, text = error.name(), error.str()
    if error.code() in (
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
    ):
        return not_admin(what)
    if error.code() < 0 or error.code() == KafkaError.REQUEST_TIMED_OUT:  # librdkafka's own
        got = f"{name} to: {what}"
        return UnreachableError("kafka_unreachable", got, "a broker")
    got = f"{name}: {text}, to: {what}"
    return UsageError("refused_by_kafka", got, "an answer")

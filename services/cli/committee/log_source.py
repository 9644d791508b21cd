"""Where a committee's commands read the log: Kafka, or what `relais audit export` wrote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from services.audit.source import LogSource
    from services.cli.common.asked import AtKafka

LIVE: Final = "live"
LogOption = Annotated[
    str,
    typer.Option("--log", help="What `audit export` wrote, or `live` for the topics themselves."),
]


@contextmanager
def log_source(asked: AtKafka, log: str) -> Iterator[tuple[LogSource, Sequence[str]]]:
    """Where the log is read, and of which realms; a bundle with the files of its manifest."""
    from contracts.vocabulary import principals
    from contracts.vocabulary.scopes import REALMS
    from services.audit.bundle.source import open_bundle
    from services.audit.source import KafkaLog

    if log != LIVE:
        with open_bundle(Path(log)) as bundle:
            yield bundle, bundle.manifest.realms
        return
    yield KafkaLog({realm: asked.bus(principals.audit(realm)) for realm in REALMS}), REALMS

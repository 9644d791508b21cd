"""What commands share: the options that many of them take, each declared once, and what they mean.

A command takes one value of a class of this module and beside it only the options that are its own;
`command` tells typer of them all, so that they stand after the command's name as its own do:

    @command
    def check(asked: AtKafka, metrics: MetricsOption = None) -> None: ...
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, get_type_hints

import typer

from services.cli.common.output import (
    HOME,
    LANG,
    Format,
    FormatOption,
    HomeOption,
    LangOption,
    RealmOption,
    check_realm,
    errors_become_exit_codes,
    print_json,
)

if TYPE_CHECKING:
    from services.operate.home.owners_bus import OwnersBus
    from services.platform.kafka.bus import Bus
    from services.platform.kafka.connection.connection import Tls
    from services.play.kafka.cluster import Cluster

WAIT_S: Final = 10.0  # for a broker to answer
KafkaOption = Annotated[
    str,
    typer.Option("--kafka", envvar="RELAIS_KAFKA", help="host:port,…; else the home's own Kafka."),
]
_TLS: Final = ("--tls-ca", "--tls-cert", "--tls-key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How the answer is given.

    Attributes:
        output: unless the command has a `--format` of its own.
    """

    output: FormatOption = Format.TEXT

    @property
    def json(self) -> bool:
        """Whether the answer is data for a program."""
        return self.output is Format.JSON

    def say(self, text: str) -> None:
        """A line for people, on standard output."""
        typer.echo(text)

    def note(self, text: str) -> None:
        """A line for people beside the data, on standard error."""
        typer.echo(text, err=True)

    def print(self, data: Any, text: str) -> None:
        """The answer: data for a program, or one line for people."""
        if self.json:
            print_json(data)
        else:
            self.say(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class AtHome(Asked):
    """And of which federation."""

    home: HomeOption = HOME


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(AtHome):
    """And in which language a document is printed."""

    lang: LangOption = LANG


@dataclass(frozen=True, slots=True, kw_only=True)
class AtKafka(AtHome):
    """And over which brokers, as whom: named, else the home's own."""

    kafka: KafkaOption = ""
    tls_ca: Annotated[
        Path | None,
        typer.Option("--tls-ca", envvar="RELAIS_TLS_CA", help="PEM of the brokers' CA."),
    ] = None
    tls_cert: Annotated[
        Path | None,
        typer.Option("--tls-cert", envvar="RELAIS_TLS_CERT", help="PEM of whom to connect as."),
    ] = None
    tls_key: Annotated[
        Path | None, typer.Option("--tls-key", envvar="RELAIS_TLS_KEY", help="PEM of its key.")
    ] = None

    def reach(self, principal: str) -> tuple[str, Tls | None]:
        """Kafka's addresses, empty if none were named and the home has none; the files to show.

        Args:
            principal: as whom to connect to the home's own Kafka if it uses TLS and no files were
                named.

        Raises:
            UsageError: `tls_incomplete`; certificates are missing or unusable.
        """
        from services.platform.kafka.connection.connection import tls_of

        tls, own = self._named_tls(), None if self.kafka else own_kafka(self.home)
        if own is None:
            return self.kafka, tls
        return own.bootstrap, tls_of(own.tls, principal) if tls is None and own.tls else tls

    def _named_tls(self) -> Tls | None:
        """The files that were named: all three or none."""
        from contracts.errors import UsageError
        from services.platform.kafka.connection.connection import Tls

        given = [one for one in (self.tls_ca, self.tls_cert, self.tls_key) if one is not None]
        if given and len(given) < len(_TLS):
            raise UsageError("tls_incomplete", f"{len(given)} of {len(_TLS)}", " ".join(_TLS))
        return Tls(*given) if given else None

    def bus(self, principal: str) -> Bus:
        """Kafka as `principal` reaches it.

        Raises:
            UsageError: `home_missing`, `kafka_unknown`, those of `reach`.
        """
        from services.platform.kafka.bus import Bus
        from services.platform.kafka.connection.connection import client_options

        bootstrap, tls = self.reach(principal)
        check_address(self.home, bootstrap)
        return Bus(bootstrap, client_options(tls))

    def owners_bus(self, realm: str) -> OwnersBus:
        """A bus of the home, to which its owners write.

        Raises:
            UsageError: those of `bus`.
        """
        from contracts.vocabulary import principals
        from services.operate.home.home import Home
        from services.operate.home.owners_bus import OwnersBus
        from services.platform.process.clock import FileClock

        home = Home(self.home)
        bus = self.bus(principals.owners(realm))
        return OwnersBus(home, realm, bus, FileClock(home.clock).now())


@dataclass(frozen=True, slots=True, kw_only=True)
class OnBus(AtKafka):
    """And on which of the two buses."""

    realm: RealmOption = "civil"

    def __post_init__(self) -> None:
        """Refuse what is no bus.

        Raises:
            UsageError: `realm_unknown`.
        """
        check_realm(self.realm)


def own_kafka(home: Path) -> Cluster | None:
    """The Kafka that was once started here, with its state in the home; or None."""
    if not (home / "kafka").is_dir():
        return None
    from services.play.kafka.brokers import status

    return status(home / "kafka")


def check_address(home: Path, bootstrap: str) -> None:
    """Refuse to go on without any broker's address, and say how to come by one.

    Raises:
        UsageError: `home_missing`, `kafka_unknown`.
    """
    from contracts.errors import UsageError
    from services.operate.home.folder import HomeFolder

    if not bootstrap:
        HomeFolder(home).check()
        expected = "`relais up`, `relais kafka up`, or --kafka host:port"
        raise UsageError("kafka_unknown", "no address", expected)


async def answered(bootstrap: str, kafka: str, tls: Tls | None) -> None:
    """Return once a broker answers.

    Args:
        kafka: as it was named; empty: it is the home's own, which a command here starts.

    Raises:
        UnreachableError: `kafka_unreachable`.
    """
    from services.platform.kafka.bus import Bus
    from services.platform.kafka.connection.connection import client_options
    from services.platform.process.exit_codes import UnreachableError

    try:
        await Bus(bootstrap, client_options(tls)).wait(WAIT_S)
    except UnreachableError as error:
        got, expected = error.got, error.expected
        to_do = expected if kafka else "`relais up` or `relais kafka up`"
        raise UnreachableError(error.code, got, to_do) from None


def command(function: Callable[..., None]) -> Callable[..., None]:
    """A function as typer registers it: its value of `Asked` spread out into one option a field.

    An option of the function's own wins over a shared one of the same name. A `RelaisError` is told
    in one line and becomes the exit code.
    """
    own = inspect.signature(function, eval_str=True).parameters
    place, kind = next(
        (name, parameter.annotation)
        for name, parameter in own.items()
        if isinstance(parameter.annotation, type) and issubclass(parameter.annotation, Asked)
    )
    hints = get_type_hints(kind, include_extras=True)
    shared = {
        option.name: inspect.Parameter(
            option.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if option.default is MISSING else option.default,
            annotation=hints[option.name],
        )
        for option in fields(kind)
        if option.name not in own
    }

    @wraps(function)
    def run(**given: Any) -> None:
        with errors_become_exit_codes():
            asked = kind(**{name: given.pop(name) for name in shared})
            function(**given, **{place: asked})

    mine = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in own.items()
        if name != place
    ]
    run.__signature__ = inspect.Signature([*mine, *shared.values()])  # type: ignore[attr-defined]
    return run


KeyOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--key",
        exists=True,
        dir_okay=False,
        help="An owner's signing key; again for a quorum; else the home's.",
    ),
]
WaitOption = Annotated[int, typer.Option("--wait", min=0, help="Seconds to wait for routing.")]

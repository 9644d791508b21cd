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
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from services.cli.common.kafka_options import (
    KafkaOption,
    TlsCaOption,
    TlsCertOption,
    TlsKeyOption,
    bus_of,
    given_tls,
)
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
    tls_ca: TlsCaOption = None
    tls_cert: TlsCertOption = None
    tls_key: TlsKeyOption = None

    @property
    def tls(self) -> Tls | None:
        """The files that were named: all three or none.

        Raises:
            UsageError: `tls_incomplete`.
        """
        return given_tls(self.tls_ca, self.tls_cert, self.tls_key)

    def bus(self, principal: str) -> Bus:
        """Kafka as `principal` reaches it.

        Raises:
            UsageError: those of `kafka_options.bus_of`, `tls_incomplete`.
        """
        return bus_of(self.home, self.kafka, principal, self.tls)

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

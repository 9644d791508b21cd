"""`relais quarantine release|discard`: a signed order on control, and what routing made of it.

The order is written as the realm's owners; what is named is looked up, and its outcome waited for,
as the realm's auditor. Who has only the owners' certificate orders `--blind`, and is told the order's
number.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer

from contracts.errors import RelaisError, UsageError
from services.cli.common.kafka_options import (
    KafkaOption,
    TlsCaOption,
    TlsCertOption,
    TlsKeyOption,
    given_tls,
    reach,
)
from services.cli.common.output import (
    HOME,
    Format,
    FormatOption,
    HomeOption,
    Lang,
    LangOption,
    RealmOption,
    check_realm,
    errors_become_exit_codes,
    print_json,
)

if TYPE_CHECKING:
    from contracts.keys.keyring import Signer
    from contracts.log.orders import Order, OrderKind
    from services.platform.kafka.connection import Tls

NOT_SO: Final = 1  # exit code: something was not routed, not discarded, or not there
NONE: Final = "no such decision"
UNSEEN: Final = ("kafka_forbidden", "certificate_missing")  # whoever may not look may still order
LOOK_S: Final = 0.5  # between two looks at the log
WAIT_S: Final = 30
SETTLED: Final = ("decided", "duplicate", "quarantined", "discarded")  # no longer kept or waiting


_SAID: Final = {
    "fr": {
        "ordered": "ordre {n} sur {realm}",
        "decided": "libéré, décidé (voir {by})",
        "duplicate": "libéré ; l'événement avait été envoyé de nouveau et décidé",
        "quarantined": "toujours irrecevable : {why} ; de nouveau en quarantaine sous {by}",
        "discarded": "écarté ({why})",
        "kept": "pas encore traité par le routage",
        "released": "libéré, pas encore routé",
    },
    "en": {
        "ordered": "order {n} on {realm}",
        "decided": "released and decided (see {by})",
        "duplicate": "released; the event had been sent again and decided",
        "quarantined": "still not routable: {why}; in quarantine again under {by}",
        "discarded": "discarded ({why})",
        "kept": "routing has not come to it yet",
        "released": "released, not routed yet",
    },
}  # fmt: skip

DecisionsArgument = Annotated[
    list[str], typer.Argument(help="As `list` names them: PARTITION:DECISION.")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="A code; a wrong one lists them.")]
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
BlindOption = Annotated[
    bool, typer.Option("--blind", help="Order without looking in the log, before or after.")
]


def release(
    decisions: DecisionsArgument,
    realm: RealmOption = "civil",
    reason: ReasonOption = "unspecified",
    key: KeyOption = None,
    wait: WaitOption = WAIT_S,
    blind: BlindOption = False,
    kafka: KafkaOption = "",
    tls_ca: TlsCaOption = None,
    tls_cert: TlsCertOption = None,
    tls_key: TlsKeyOption = None,
    home: HomeOption = HOME,
    output: FormatOption = Format.TEXT,
    lang: LangOption = Lang.FR,
) -> None:
    """Have routing take records back, by the rules of now; exit 1 if one is not routed."""
    tls = (tls_ca, tls_cert, tls_key)
    _rule("release", decisions, realm, reason, key, wait, blind, kafka, tls, home, output, lang)


def discard(
    decisions: DecisionsArgument,
    realm: RealmOption = "civil",
    reason: ReasonOption = "unspecified",
    key: KeyOption = None,
    wait: WaitOption = WAIT_S,
    blind: BlindOption = False,
    kafka: KafkaOption = "",
    tls_ca: TlsCaOption = None,
    tls_cert: TlsCertOption = None,
    tls_key: TlsKeyOption = None,
    home: HomeOption = HOME,
    output: FormatOption = Format.TEXT,
    lang: LangOption = Lang.FR,
) -> None:
    """Say that records will never be routed; their bytes go with their retention."""
    tls = (tls_ca, tls_cert, tls_key)
    _rule("discard", decisions, realm, reason, key, wait, blind, kafka, tls, home, output, lang)


def owner_signers(home: Path, keys: list[Path] | None) -> list[Signer]:
    """The owners whose keys were named; else the home's own."""
    from contracts.keys.keyring import read_signing_file
    from services.operate.home.home import Home

    if keys:
        return [read_signing_file(one.read_bytes())[1] for one in keys]
    folder = Home(home)
    with folder.complete():
        return [folder.owner("directory")]


def named(entry: dict[str, Any]) -> str:
    """A decision as an order must name it."""
    return f"{entry['partition']}:{entry['decision']}"


def _rule(
    kind: OrderKind,
    decisions: list[str],
    realm: str,
    reason: str,
    keys: list[Path] | None,
    wait: int,
    blind: bool,
    kafka: str,
    files: tuple[Path | None, Path | None, Path | None],
    home: Path,
    output: Format,
    lang: Lang,
) -> None:
    with errors_become_exit_codes():
        ruler = _Ruler(home, kafka, realm, given_tls(*files))
        ruler.check(decisions, reason)
        try:
            orders, found = asyncio.run(
                ruler.rule(kind, decisions, reason, keys, wait, blind=blind)
            )
        except NotKeptError as error:
            not_so(error)
    if output is Format.JSON:
        print_json({"orders": [one.n for one in orders], "decisions": found})
    else:
        said = _SAID[lang.value]
        for one in orders:
            typer.echo(said["ordered"].format(n=one.n, realm=realm))
        for entry in found:
            typer.echo(f"{named(entry)}: {said[entry['state']].format(**entry)}")
    good = {"discarded"} if kind == "discard" else {"decided", "duplicate"}
    if any(entry["state"] not in good for entry in found):
        raise typer.Exit(NOT_SO)


class NotKeptError(RelaisError):
    """A decision is not in quarantine: a finding about the log, not wrong use."""

    def __init__(self, decision: str, state: str, expected: str) -> None:
        super().__init__("not_in_quarantine", state, expected, decision)


def not_so(error: NotKeptError) -> NoReturn:
    """Tell it as every error, and exit 1.

    Raises:
        typer.Exit: always.
    """
    sys.stderr.write(f"relais: {error.describe()}\n")
    raise typer.Exit(NOT_SO)


class _Ruler:
    """Orders of one realm, on what is in its quarantine."""

    def __init__(self, home: Path, kafka: str, realm: str, tls: Tls | None) -> None:
        self.home, self.kafka, self.realm, self.tls = home, kafka, realm, tls

    def check(self, decisions: list[str], reason: str) -> None:
        """Refuse what no order can say, before Kafka is asked."""
        from contracts.log.rulings import REASONS

        check_realm(self.realm)
        if reason not in REASONS:
            raise UsageError("reason_unknown", "another reason", ", ".join(REASONS), "--reason")
        if len(set(decisions)) != len(decisions):
            raise UsageError("decision_twice", "one twice", "each once")

    async def rule(
        self,
        kind: OrderKind,
        decisions: list[str],
        reason: str,
        keys: list[Path] | None,
        wait: int,
        *,
        blind: bool,
    ) -> tuple[list[Order], list[dict[str, Any]]]:
        """Order; then what has become of each decision, as far as we may look."""
        from contracts.log.rulings import MAX_DECISIONS, ruling
        from services.operate.home.home import Home
        from services.platform.kafka.control import NewOrder, publish_orders
        from services.platform.process.clock import FileClock

        where = _split(decisions) if blind else await self._places(decisions)
        folder, signers = Home(self.home), owner_signers(self.home, keys)
        new = [
            NewOrder(kind, ruling(where[at : at + MAX_DECISIONS], reason), signers)
            for at in range(0, len(where), MAX_DECISIONS)
        ]
        bootstrap, client = self._reach("owners")
        orders = await publish_orders(
            bootstrap, self.realm, folder.owners, new, start=FileClock(folder.clock).now(), **client
        )
        leaves = [leaf for _, leaf in where]
        return orders, [] if blind else await self._outcome(leaves, wait)

    def _reach(self, who: str) -> tuple[str, dict[str, Any]]:
        from contracts.vocabulary import principals

        name = {"owners": principals.owners, "audit": principals.audit}[who](self.realm)
        return reach(self.home, self.kafka, name, self.tls)

    async def _entries(self) -> dict[str, dict[str, Any]]:
        from services.routing.kept import entries

        try:
            bootstrap, client = self._reach("audit")
            found = await entries(bootstrap, self.realm, **client)
        except UsageError as error:
            if error.code not in UNSEEN:
                raise
            expected = f"{error.expected}; or --blind, to order without looking"
            raise UsageError(error.code, error.got, expected, error.place) from None
        return {one["decision"]: one for one in found}

    async def _places(self, decisions: list[str]) -> tuple[tuple[int, str], ...]:
        """The partition of each decision, which must be in quarantine still.

        Raises:
            NotKeptError.
        """
        known = await self._entries()
        leaves = [one.rsplit(":", 1)[-1] for one in decisions]
        for leaf in leaves:
            state = known[leaf]["state"] if leaf in known else NONE
            if state != "kept":
                raise NotKeptError(leaf, state, "one that `list --kept` shows")
        return tuple((known[leaf]["partition"], leaf) for leaf in leaves)

    async def _outcome(self, leaves: list[str], wait: int) -> list[dict[str, Any]]:
        until = time.monotonic() + wait
        while True:
            known = await self._entries()
            found = [known[leaf] for leaf in leaves]
            if all(one["state"] in SETTLED for one in found) or time.monotonic() > until:
                return found
            await asyncio.sleep(LOOK_S)


def _split(decisions: list[str]) -> tuple[tuple[int, str], ...]:
    rows = [one.partition(":") for one in decisions]
    if not all(number.isdecimal() and leaf for number, _, leaf in rows):
        raise UsageError("decision_malformed", "another form", "PARTITION:DECISION")
    return tuple((int(number), leaf) for number, _, leaf in rows)

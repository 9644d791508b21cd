"""`relais topics replicas`: whether every copy of every partition is in step, as after a lost disk."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict
from typing import Annotated, Final

import typer

from services.cli.common.kafka_options import (
    KafkaOption,
    TlsCaOption,
    TlsCertOption,
    TlsKeyOption,
    answered,
    check_address,
    given_tls,
    own_or_named,
)
from services.cli.common.output import (
    HOME,
    Format,
    FormatOption,
    HomeOption,
    Lang,
    LangOption,
    errors_become_exit_codes,
    print_json,
)

BEHIND: Final = 1  # exit code: some copies are away or not in step
LOOK_S: Final = 1.0


_SAID: Final = {
    "fr": {
        "row": "{topic}/{partition} : {in_step} copies à jour sur {copies}, manquent {missing}",
        "good": "toutes les copies sont à jour",
    },
    "en": {
        "row": "{topic}/{partition}: {in_step} of {copies} copies in step, missing {missing}",
        "good": "all copies are in step",
    },
}  # fmt: skip

WaitOption = Annotated[int, typer.Option("--wait", min=0, help="Seconds to wait for all.")]


def replicas(
    wait: WaitOption = 0,
    lang: LangOption = Lang.FR,
    output: FormatOption = Format.TEXT,
    kafka: KafkaOption = "",
    tls_ca: TlsCaOption = None,
    tls_cert: TlsCertOption = None,
    tls_key: TlsKeyOption = None,
    home: HomeOption = HOME,
) -> None:
    """Say which partitions have fewer copies in step than they should; exit 1 if any."""
    from contracts.vocabulary import principals
    from services.operate.replicas import behind

    with errors_become_exit_codes():
        given = given_tls(tls_ca, tls_cert, tls_key)
        bootstrap, tls = own_or_named(home, kafka, principals.ADMIN, given)
        check_address(home, bootstrap)
        asyncio.run(answered(bootstrap, kafka, tls))  # with a bound; `behind` waits for longer
        until = time.monotonic() + wait
        while (found := behind(bootstrap, tls)) and time.monotonic() < until:
            time.sleep(LOOK_S)
    if output is Format.JSON:
        print_json([asdict(one) for one in found])
    else:
        said = _SAID[lang.value]
        for one in found:
            missing = ", ".join(map(str, one.missing))
            typer.echo(said["row"].format(**asdict(one) | {"missing": missing}))
        if not found:
            typer.echo(said["good"])
    if found:
        raise typer.Exit(BEHIND)

"""`relais setup secret|unpack`: a process's own keys into a Secret of Kubernetes, and out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.cli.common.asked import Asked, command
from services.cli.common.output import print_json
from services.texts import Catalogue

_ = Catalogue(__name__)


@command
def secret(
    asked: Asked,
    parcel: Annotated[Path, typer.Option(help="Folder that `relais setup keys` made.")],
    name: Annotated[str, typer.Option(help="Of the Secret, e.g. relais-education.")],
    namespace: Annotated[str, typer.Option(help="Where the services run.")] = "relais",
) -> None:
    """Print a Secret with a process's own keys, for `kubectl apply -f -`: it is not for a file."""
    from base64 import b64encode

    import yaml

    from services.operate.parcels import flat

    data = {key: b64encode(content).decode() for key, content in flat(parcel).items()}
    metadata = {"name": name, "namespace": namespace}
    kind = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque"}
    if asked.json:  # kubectl takes it as well
        print_json({**kind, "data": data})
    else:
        typer.echo(yaml.safe_dump({**kind, "data": data}, sort_keys=False), nl=False)


@command
def unpack(
    asked: Asked,
    source: Annotated[Path, typer.Option("--from", help="Where the Secret is mounted.")],
    target: Annotated[Path, typer.Option("--to", help="Folder in memory; the service's home.")],
) -> None:
    """Lay a mounted Secret out as a service reads it: folders, files that only their owner reads."""
    from services.operate.parcels import deliver, unpacked

    parcel = unpacked(source)
    deliver(target, parcel)
    number = len(parcel)
    said = _.ngettext("{n} file in {target}", "{n} files in {target}")
    asked.print({"files": number, "target": str(target)}, said, n=number, target=target)

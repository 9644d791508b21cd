"""`relais conformance`: whether somebody's own program keeps the specification, by its vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.cli.common.asked import Asked, command
from services.cli.common.output import print_json
from services.cli.partner.at_desk import REFUSED


@command
def conformance(
    asked: Asked,
    folder: Annotated[Path, typer.Argument(help="Folder of vectors.")],
    program: Annotated[
        str,
        typer.Option("--with", metavar="CMD", help="Program that is given one file of vectors."),
    ],
) -> None:
    """Run a program on test vectors; exit 1 if one fails.

    Example: relais conformance docs/specification/vectors --with ./judge
    """
    import shlex
    import subprocess

    import orjson

    from contracts.errors import UsageError
    from services.conformance.judge import Failure, failures

    words, count, failed = shlex.split(program), 0, list[Failure]()
    for path in sorted(folder.glob("**/*.json")):
        file = orjson.loads(path.read_bytes())
        if "vectors" not in file:
            continue  # of the formats, which no program is tried by
        try:
            done = subprocess.run([*words, str(path)], stdout=subprocess.PIPE, check=False)
        except OSError:
            raise UsageError("program_unknown", program, "a program", "--with") from None
        count += len(file["vectors"])
        failed += failures(file, done.stdout)
    if not count:
        raise UsageError("no_vectors", str(folder), "docs/specification/vectors")
    if asked.json:
        print_json({"vectors": count, "failed": [one._asdict() for one in failed]})
    else:
        for one in failed:
            typer.echo(f"{one.vector}: {one.fault} ({one.section})")
        typer.echo(f"{count} vectors, {len(failed)} failed")
    if failed:
        raise typer.Exit(REFUSED)

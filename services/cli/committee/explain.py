"""`relais convention explain`: yes or no to one attempt."""

from __future__ import annotations

from typing import Annotated

import typer

from services.cli.committee.which_convention import InForceArgument, convention_of
from services.cli.common.asked import Document, command
from services.cli.common.output import print_json_lines


@command
def explain(
    asked: Document,
    issuer: Annotated[str, typer.Option(help="Role that would send.")],
    event: Annotated[str, typer.Option(help="Event type, e.g. IP.")],
    recipient: Annotated[str, typer.Option(help="Role that would receive.")],
    file: InForceArgument = None,
    purpose: Annotated[str, typer.Option(help="One purpose; else each is answered.")] = "",
    categories: Annotated[
        str, typer.Option(help="Categories or scopes, with commas: facts,health.vital.")
    ] = "",
) -> None:
    """Explain whether something may be sent, and why.

    Example: relais convention explain --issuer EDU-H --event IP --recipient CRIP
    """
    from services.committee.explain.explain import explain as answer
    from services.committee.explain.voices import told

    convention = convention_of(file, asked.home)
    found = answer(convention, issuer, event, recipient, purpose, categories.split(","))
    text = told(found, asked.lang.value)
    if asked.json:
        print_json_lines([{**found.wire(), "text": text}])
    else:
        typer.echo(text)

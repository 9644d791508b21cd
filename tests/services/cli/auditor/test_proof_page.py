"""`relais audit page`: one file with everything inside, whose script has a word for all that it refuses."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli.app import create_app
from services.cli.auditor.proof_page.page import script, texts

PAGE = "proof"
SPECIFICATION = Path(__file__).parents[4].joinpath("docs", "specification", f"{PAGE}.md")
DYNAMIC = {"agency", "code", "step", "check", "mark", "kind", "realm", "f"}  # `say(`code_${code}`)`
REFUSED = set(
    re.findall(r'(?:need|needCounted|Refused)\((?:.|\n)*?"([a-z0-9]+_[a-z0-9_]+)"', script())
)


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_page_runs_its_own_script_alone_and_has_no_network(lang: str) -> None:
    """Its policy names the hash of the one script and nothing that could be fetched."""
    page = CliRunner().invoke(create_app(), ["audit", "page", "--lang", lang]).stdout
    digest = base64.b64encode(hashlib.sha256(script().encode()).digest()).decode()
    policy = re.search(r'Security-Policy" content="([^"]*)"', page)

    assert policy
    allowed = policy[1].replace("&#39;", "'")
    assert allowed.startswith("default-src 'none'; style-src 'sha256-")
    assert allowed.endswith(f"base-uri 'none'; form-action 'none'; script-src 'sha256-{digest}'")
    assert f"<script>{script()}</script>" in page
    assert "://" not in page
    assert f'<html lang="{lang}">' in page


def test_each_refusal_has_the_code_of_the_specification() -> None:
    """One word a cause, in Python and in the browser; only what the browser cannot check is its own."""
    kept = set(re.findall(r"`([a-z0-9_]+)`", SPECIFICATION.read_text("utf-8")))

    assert len(REFUSED) >= 24
    assert REFUSED - kept == {"log_not_checked"}


def test_the_script_says_what_there_is_and_all_of_it() -> None:
    """Each text of the page is named by its script, or by a name that it puts together."""
    said = set(re.findall(r'(?<![-\w])"([a-z0-9_]+)"', script()))
    put_together = {name for name in texts("en") if name.partition("_")[0] in DYNAMIC}
    codes = {name.removeprefix("code_") for name in put_together if name.startswith("code_")}

    assert set(texts("en")) - put_together <= said | {"holds", "refused", "open", "waiting"}
    assert codes <= REFUSED

"""The token that `send` and `inbox` show: from a named file or variable, or the home."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.errors import UsageError
from services.cli.common.http_client import client, names_token
from services.operate.home.home import Home

URL = "http://127.0.0.1:9"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that has the desk's token; nothing in the environment."""
    for name in ("RELAIS_TOKEN", "RELAIS_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    (Home(tmp_path).path / "tokens").mkdir(parents=True)
    (tmp_path / "tokens" / "crip").write_text("of-the-home")
    return tmp_path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that is its owner's alone."""
    found = tmp_path / "token"
    found.write_text("of-the-file\n")
    found.chmod(0o600)
    return found


def shown(home: Path) -> str:
    """What a request is sent with."""
    with client(home, "child_welfare", "crip", URL) as one:
        return one.headers["Authorization"]


def test_a_token_is_read_from_its_file(
    home: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that it is in no list of a process's or a container's variables; the home is not asked."""
    of_home, named = shown(home), names_token()
    monkeypatch.setenv("RELAIS_TOKEN_FILE", str(file))

    assert (of_home, named) == ("Bearer of-the-home", False)
    assert (shown(home), names_token()) == ("Bearer of-the-file", True)


@pytest.mark.parametrize(
    ("content", "mode", "variable", "code"),
    [
        *[(text, 0o600, None, "token_malformed") for text in ("", "\n", "two\nlines", "caf\u00e9")],
        ("of-the-file", 0o644, None, "key_file_too_open"),  # as every file that holds a secret
        ("of-the-file", 0o600, "of-the-variable", "token_twice"),  # nobody guesses which is meant
    ],
)
def test_a_file_without_a_token_of_its_owner_is_told_and_not_shown(
    home: Path, file: Path, monkeypatch: pytest.MonkeyPatch,
    content: str, mode: int, variable: str | None, code: str,
) -> None:  # fmt: skip
    """Whatever is in it instead stays there; the home's token does not step in."""
    file.write_text(content)
    file.chmod(mode)
    monkeypatch.setenv("RELAIS_TOKEN_FILE", str(file))
    if variable:
        monkeypatch.setenv("RELAIS_TOKEN", variable)

    with pytest.raises(UsageError, match=code) as refused:
        shown(home)

    assert "two" not in refused.value.describe()

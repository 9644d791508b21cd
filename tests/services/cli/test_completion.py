"""Tab in a real bash, zsh or fish: commands, options, and values where they are cheap."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENCE

ROOT = Path(__file__).parents[3]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A shell's, in which `relais` is this repository's and the home has two desks."""
    script = tmp_path / "bin" / "relais"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m services "$@"\n')
    script.chmod(0o755)
    for desk in ("crip", "edu-s"):
        (tmp_path / "home" / "tokens").mkdir(parents=True, exist_ok=True)
        (tmp_path / "home" / "tokens" / desk).touch()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RELAIS_")}
    path = os.pathsep.join((str(script.parent), kept["PATH"]))
    home = {"RELAIS_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)}
    return {**kept, **home, "PATH": path, "PYTHONPATH": str(ROOT)}


def said(shell: str, script: str, environment: dict[str, str]) -> str:
    """What a shell prints that has loaded what `relais --show-completion` says."""
    if shutil.which(shell) is None:
        tell = pytest.fail if "RELAIS_CI" in os.environ else pytest.skip
        tell(f"{shell} is not installed (.ci/prepare)")
    done = subprocess.run(
        [shell, "-c", script], env=environment, capture_output=True, text=True, timeout=PATIENCE,
        check=True,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout


BASH = """
eval "$(relais --show-completion)"
COMP_WORDS=(relais {words})
COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
$(complete -p relais | sed 's/.*-F \\([^ ]*\\) .*/\\1/') relais
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("ack", {"acknowledge"}),
        ("kafka ''", {"up", "down", "check", "apply"}),
        ("duties --fo", {"--format"}),
        ("duties --format ''", {"text", "json"}),
        ("inbox --desk ''", {"crip", "edu-s"}),
        ("send --agency ju", {"justice"}),
        ("inbox --desk x", set()),
    ],
)
def test_bash_completes(words: str, expected: set[str], environment: dict[str, str]) -> None:
    """With the function that bash itself would call."""
    out = said("bash", BASH.format(words=words), environment)

    assert set(out.split()) == expected


def test_fish_completes(environment: dict[str, str]) -> None:
    """By fish's own `complete -C`, which is what Tab calls."""
    script = "relais --show-completion | source; complete -C 'relais inbox --desk '"

    out = said("fish", script, environment)

    assert {line.split("\t")[0] for line in out.splitlines()} >= {"crip", "edu-s"}


ZSH = """
autoload -Uz compinit && compinit -u -D
eval "$(relais --show-completion)"
_arguments() {{ print -rl -- "$@"; }}
_describe() {{ print -rl -- "${{(P@)2}}"; }}
words=(relais {words}); CURRENT=$#words
$_comps[relais]
"""


def test_zsh_completes(environment: dict[str, str]) -> None:
    """With the function that is registered for `relais`; what it offers is caught on its way."""
    out = said("zsh", ZSH.format(words="inbox --desk ''"), environment)

    assert "crip" in out
    assert "edu-s" in out

"""The operator's page says nothing that is not so: each command is run by a test that is named here."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Final

import pytest

from services.console.settings import ConsoleSettings
from services.platform.settings import describe

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = (ROOT / "docs" / "operate.md").read_text("utf-8")
TITLES: Final = (
    "Start", "How it is", "Stop", "Add a shard", "Replace a broker", "Lost disk", "A certificate that expires",
    "Quarantine", "Erase", "Restore",
)  # fmt: skip

SETTING: Final = re.compile(r"RELAIS_\w+=\S+(?:\s+#.*)?")
KEYS: Final = "tests/kafka/agency/test_key_life.py"
ITSELF: Final = "tests/kafka/operate/test_operate.py"  # runs it word by word
SECURE: Final = "tests/kafka/play/test_secure_federation.py"
MIRRORED: Final = "tests/services/cli/auditor/test_mirroring.py"
# Commands that no test can type as they stand: what is typed instead, and where.
OTHERWISE: Final = {
    "relais keys tls routing-civil-1": (ITSELF, "relais keys tls --all --shards 2"),
    "relais keys tls broker-3 --host kafka-3.example.org":
        ("tests/services/play/certificates/test_ca.py", '"keys", "tls", "broker-3", "--host", "kafka-3.example.org"'),
    'kcat -b "$RELAIS_KAFKA" -X security.protocol=ssl -X ssl.ca.location=.relais/tls/ca.pem '
    "-X ssl.certificate.location=.relais/tls/console.pem -X ssl.key.location=.relais/tls/console.key -L":
        ("tests/kafka/operate/test_stock_tools.py", 'told(*kcat, "-L")'),
    **{
        line: ("tests/kafka/agency/test_desks_change.py", line)
        for line in (
            "relais directory rename crip crip-nord", "relais directory merge edu-h-1 edu-h-2",
        )
    },
    # With variables before it: that test types these two lines as they stand here.
    **{
        f"RELAIS_KAFKA=$(relais kafka status --format json | sed -n 's/.*\"bootstrap\": \"\\(.*\\)\",/\\1/p') "
        "RELAIS_TLS_CA=.relais/tls/ca.pem "
        f"RELAIS_TLS_CERT=.relais/tls/routing-civil-{n}.pem "
        f"RELAIS_TLS_KEY=.relais/tls/routing-civil-{n}.key "
        f"RELAIS_SHARD={n} RELAIS_SHARDS=2 RELAIS_RESHARD=true relais serve routing":
            ("tests/kafka/platform/test_tls_services.py", 'commands(sections()["Add a shard"])')
        for n in range(2)
    },
    "relais acl apply --prune":
        ("tests/kafka/operate/test_admin_commands.py", '"acl", "apply", "--prune"'),
    **{
        f"relais status {words}": (ITSELF, "relais status --format json --lang en")
        for words in ("--lang en", "--format json")
    },
    "relais keys list": ("tests/test_readme.py", "relais keys list"),
    "relais keys rotate --desk crip --signer 'pkcs11:token=relais;object=crip-2?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/run/secrets/pin' --public crip-2.pem":
        (KEYS, "relais keys rotate --desk crip --signer {uri} --public {pem}"),
    "relais keys rotate --desk crip": (KEYS, "relais keys rotate --desk edu-s"),
    **{
        line: (KEYS, line)
        for line in (
            "relais keys rotate --router",
            "relais keys revoke --desk edu-s --reason stolen --since 2026-11-24T10:02:30Z",
            "relais keys destroy crip-p30-2026w48",
            "relais keys destroy",
        )
    },
    "relais quarantine list --kept":
        ("tests/kafka/operate/test_quarantine.py", '"quarantine", "list", "--kept"'),
    "relais quarantine show DECISION":
        ("tests/kafka/operate/test_quarantine.py", '"quarantine", "show"'),
    "relais quarantine release DECISION --reason fault_mended --lang en":
        ("tests/kafka/operate/test_quarantine.py", '"--reason", "fault_mended"'),
    "relais quarantine discard DECISION --reason malformed --lang en":
        ("tests/kafka/operate/test_quarantine.py", '"--reason", "malformed"'),
    "relais quarantine discard DECISION --blind":
        ("tests/kafka/operate/test_quarantine.py", '"quarantine", "discard", good, "--blind"'),
    "relais erase --case EVENT --basis asked_by_person":
        ("tests/kafka/test_erasing.py", '"--basis", "asked_by_person"'),
    "relais erase --event EVENT --basis ordered_by_court":
        ("tests/kafka/test_erasing.py", '"--basis", "ordered_by_court"'),
    "relais prune --before 2024-01-01":
        ("tests/kafka/test_log_tree.py", '"prune", "--before", "2027-06-01"'),
    "relais keys new --from 2026-09-07 --weeks 60": (SECURE, "relais keys new --from 2026-09-07"),
    "relais kafka up --nodes 3 --tls": (SECURE, "relais kafka up --nodes 3 --tls"),
    "relais topics apply": (SECURE, "relais topics apply"),
    "relais demo --over .relais": ("tests/kafka/play/test_demo.py", "relais demo --over .relais"),
    "RELAIS_LEAVE_OUT='[\"relais.civil.decisions/3/41\"]' relais up": (ITSELF, '"RELAIS_LEAVE_OUT": f\'["{place}"]\''),
    "relais audit mirror FOLDER --realm civil": (MIRRORED, '"mirror", kept, "--realm", "civil"'),
    "relais audit prove DEC --log FOLDER --out FILE.tlog-proof": (MIRRORED, '"prove", dec, *words'),
    "relais audit check FILE.tlog-proof": (MIRRORED, '"check", home / "p"'),
    "cp -a .relais /somewhere/else": (ITSELF, "cp -a .relais {there}"),
}  # fmt: skip


def sections() -> dict[str, str]:
    """Title -> text."""
    _, *parts = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    return {part.split("\n", 1)[0]: part.split("\n", 1)[1] for part in parts}


def commands(text: str = PAGE) -> list[str]:
    """The indented lines, in their order; one that goes on below is one line, and one that only sets a variable is none."""
    whole = re.sub(r" \\\n\s+", " ", text)
    lines = re.findall(r"^ {4}(\S.*)$", whole, re.MULTILINE)
    return [line for line in lines if not SETTING.fullmatch(line)]


def test_every_variable_that_is_set_alone_is_the_console_s() -> None:
    """By the name that its settings have."""
    named = set(re.findall(r"^ {4}(RELAIS_\w+)=\S+(?:\s+#.*)?$", PAGE, re.MULTILINE))

    assert named
    assert named <= {variable for variable, _default, _text in describe(ConsoleSettings)}


def test_the_page_has_every_procedure() -> None:
    """As the issue asks; and each is typed, but what says why there is nothing to type."""
    found = sections()

    assert tuple(found)[: len(TITLES)] == TITLES
    assert all(commands(found[title]) for title in TITLES)


@pytest.mark.parametrize("command", sorted(set(commands())))
def test_every_command_of_the_page_is_run_by_a_test(command: str) -> None:
    """Word by word, or in the form that stands in `OTHERWISE`."""
    file, words = OTHERWISE.get(command, (ITSELF, command))

    assert words in (ROOT / file).read_text("utf-8")


def test_nothing_is_held_otherwise_that_the_page_no_longer_has() -> None:
    """A command that was taken out is taken out here too."""
    assert set(OTHERWISE) <= set(commands())


@pytest.mark.parametrize("title", sections())
def test_every_section_names_the_tests_that_hold_it(title: str) -> None:
    """And they exist, by file and by name."""
    text = sections()[title]
    if title == "What this page does not cover":
        return
    (line,) = re.findall(r"^\*Held by\* ((?:.|\n(?!\n))+)", text, re.MULTILINE)
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", line)

    assert named
    for file, function in named:
        tree = ast.parse((ROOT / file).read_text("utf-8"))
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        names = {node.name for node in ast.walk(tree) if isinstance(node, kinds)}
        assert not function or function in names, (file, function)
    assert "make faults" not in line or "faults:" in (ROOT / "Makefile").read_text("utf-8")

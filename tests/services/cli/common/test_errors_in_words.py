"""An error that ends a command is told in the reader's language; logs and programs keep English."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contracts.errors import EnvelopeError, UsageError
from services.cli.app import app
from services.cli.common.output import Lang, in_words
from services.cli.operator.serve import ROLES
from services.platform.process.exit_codes import WRONG_USE
from services.platform.settings import AuditSettings, load
from services.texts import Catalogue
from tests.services.texts.typed import as_typed

SERVICES = Path(__file__).parents[4] / "services"
JOINED = (ast.JoinedStr, ast.BinOp, ast.IfExp)
ERRORS = {"LogError", "UsageError", "UnreachableError", "NotKeptError"}
# What only a service that runs raises, for its log, or answers over HTTP; what a record of the log lacks.
NOT_MET = {
    "platform/kafka/writing/transactions.py", "platform/kafka/reading/subscription.py", "platform/http/problems.py",
    "committee/simulate/decide_again.py", "audit/projection/asked.py",
}  # fmt: skip
# Not an option, a path, a name, a command.
WORD = re.compile(r"^(?!`relais|file:/)(?:.* )?(?<!--report )[a-z]{2,}(?=[ ,;:]|$)")

# A command, what its environment adds -> what its reader is told, in French and in English.
TOLD = {
    ("topics check --tls-ca x", ""): (
        "tls_incomplete. Trouvé : 1 sur 3. Attendu : --tls-ca, --tls-cert et --tls-key.",
        "tls_incomplete: got 1 of 3, expected --tls-ca, --tls-cert and --tls-key",
    ),
    ("keys list --home nowhere", ""): (
        "home_missing. Où : `nowhere`. Trouvé : aucune fédération ici. Attendu : `relais up`, ou bien --home ou RELAIS_HOME.",
        "home_missing at nowhere: got no federation here, expected `relais up`, or --home / RELAIS_HOME",
    ),
    ("serve audit", "HTTP_PORT=70000"): (
        "setting_wrong at RELAIS_HTTP_PORT: expected at most 65535",
        "setting_wrong at RELAIS_HTTP_PORT: expected at most 65535",
    ),
    ("serve audit", "REALMS=civil"): (
        "setting_wrong at RELAIS_REALMS: expected JSON",
        "setting_wrong at RELAIS_REALMS: expected JSON",
    ),
    ("serve audit", 'REALMS=["x"]'): (
        "setting_wrong at RELAIS_REALMS: expected one of: civil, criminal",
        "setting_wrong at RELAIS_REALMS: expected one of: civil, criminal",
    ),
    ("serve routing", "SHARD=3"): (
        "setting_wrong at RELAIS_…: expected RELAIS_SHARD less than RELAIS_SHARDS",
        "setting_wrong at RELAIS_…: expected RELAIS_SHARD less than RELAIS_SHARDS",
    ),
    ("layout show --home . --kafka 127.0.0.1:9", ""): (
        "owners_missing. Où : `owners.json`. Trouvé : aucun fichier. Attendu : les clés des donneurs d'ordre.",
        "owners_missing at owners.json: got no file, expected the owners' keys",
    ),
    ("serve nobody", ""): (
        f"role_unknown. Trouvé : un autre rôle. Attendu : {', '.join(ROLES)}.",
        f"role_unknown: got another role, expected {', '.join(ROLES)}",
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder without a federation."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RELAIS_HOME", raising=False)


@pytest.mark.parametrize(("at", "lang"), [(0, "fr"), (1, "en")])
@pytest.mark.parametrize("typed", TOLD, ids=" ".join)
def test_what_ends_a_command_is_told_in_the_readers_language(
    typed: tuple[str, str], at: int, lang: str
) -> None:
    """Code, place, what was found and what would have been right, in one line."""
    words, setting = typed
    name, _equals, value = setting.partition("=")
    more = {f"RELAIS_{name}": value} if name else {}

    done = CliRunner().invoke(app, words.split(), env={"RELAIS_LANG": lang, **more})

    assert done.exit_code == WRONG_USE
    assert as_typed(done.stderr) == f"relais: {TOLD[typed][at]}\n"


def test_logs_and_programs_are_told_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads French at the terminal: `describe` is what a service logs."""
    monkeypatch.setenv("RELAIS_LANG", "fr")
    monkeypatch.setenv("RELAIS_STALLED_S", "0")

    with pytest.raises(UsageError) as caught:
        load(AuditSettings)

    assert caught.value.expected == "more than 0"
    assert str(caught.value) == "setting_wrong at RELAIS_STALLED_S: expected more than 0"
    assert "Attendu : plus de 0." in as_typed(in_words(caught.value, Lang.FR))


def test_an_error_of_the_format_is_told_in_english() -> None:
    """It has one wording, which the specification and an implementer's search know."""
    error = EnvelopeError("cover_malformed", "3 members", "4", "cover.to")

    assert in_words(error, Lang.FR) == error.describe()


def test_an_error_told_again_keeps_its_words() -> None:
    """As where a command adds what may be done here."""
    _ = Catalogue("services.cli.common")
    first = UsageError("kafka_unknown", _("no address"), "…")

    again = UsageError(first.code, *first.phrases)

    assert as_typed(in_words(again, Lang.FR)) == (
        "kafka_unknown. Trouvé : aucune adresse. Attendu : …."
    )


@pytest.mark.parametrize("package", ["audit", "cli", "committee", "operate", "platform", "play"])
def test_no_error_that_a_person_meets_has_english_alone(package: str) -> None:
    """Words beside a code are texts of a catalogue; names, options and numbers are not."""
    alone = []
    for path in sorted((SERVICES / package).rglob("*.py")):
        name = str(path.relative_to(SERVICES))
        for node in ast.walk(ast.parse(path.read_text())):
            alone += [f"{name}: {one}" for one in _stated(node) if WORD.search(one)]

    assert [one for one in alone if one.partition(":")[0] not in NOT_MET] == []


def _stated(node: ast.AST) -> list[str]:
    """The plain strings that an error is raised with, or that are named so before it is."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ERRORS:
        words = {one.arg: one.value for one in node.keywords}
        values = [*node.args[1:3], *(words[one] for one in ("got", "expected") if one in words)]
    elif isinstance(node, ast.Assign) and {"got", "expected"} & _names(node.targets[0]):
        values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
    else:
        return []
    return [text for value in values for text in _strings(value)]


def _names(target: ast.expr) -> set[str]:
    return {one.id for one in ast.walk(target) if isinstance(one, ast.Name)}


def _strings(value: ast.expr) -> list[str]:
    """What an expression says itself: a string, or those of an f-string, a sum or a choice."""
    if isinstance(value, ast.Constant):
        return [value.value] if isinstance(value.value, str) else []
    within = ast.iter_child_nodes(value) if isinstance(value, JOINED) else ()
    return [text for one in within if isinstance(one, ast.expr) for text in _strings(one)]

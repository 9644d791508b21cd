"""A convention's file with its signatures: read once, judged apart, in two languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from services.cli.common.output import in_words
from services.texts import counted

if TYPE_CHECKING:
    from contracts.convention.model import Convention
    from contracts.convention.signing import Fault, Signatures
    from contracts.errors import ConventionError
    from contracts.keys.directory import SigningKey

FOUND: Final = 1  # exit code: signatures are missing or bad, or the version is out of turn

_FAULT: Final = {
    "other_key": "signed by another key than that of owners.json",
    "file_changed": "the file has changed since",
    "no_party": "of somebody who is no party to this version",
    "unreadable": "unreadable",
}
_ENOUGH: Final = (
    "{n} signature: the quorum is reached ({rule})",
    "{n} signatures: the quorum is reached ({rule})",
)
_SHORT: Final = (
    "{n} signature: the quorum is not reached ({rule})",
    "{n} signatures: the quorum is not reached ({rule})",
)
_UNKNOWN: Final = (
    "the version before is not at hand: neither its quorum nor the succession was checked, "
    "and nothing says that a bus would adopt this file; put it beside this one"
)
_TURN: Final = "version {new}: `predecessor` means version {old}, not version {due}"


@dataclass(frozen=True, slots=True)
class Signed:
    """A file with what lies beside it, read once: what is checked is what is ordered.

    Attributes:
        tokens: party, as a file's name says -> its signature, not checked yet.
    """

    file: Path
    text: bytes
    convention: Convention
    tokens: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CheckedSignatures:
    """A version's signatures, checked; and the version before where it is known.

    Attributes:
        faults: party, as a file's name says -> what is wrong with that signature.
    """

    file: Path
    convention: Convention
    before: Convention | None
    signatures: Signatures
    faults: Mapping[str, Fault]

    @property
    def needed(self) -> list[Convention]:
        """The versions whose quorum counts."""
        return [one for one in (self.convention, self.before) if one is not None]

    @property
    def succession_known(self) -> bool:
        """Whether the version before is at hand, or it is known that there is none."""
        return self.before is not None or not self.convention.predecessor

    @property
    def reached(self) -> bool:
        """Whether the good signatures reach every quorum that is known."""
        return all(self.signatures.suffice(one) for one in self.needed)

    @property
    def enough(self) -> bool:
        """Whether the good signatures reach every quorum; an unknown quorum is not reached."""
        return self.reached and self.succession_known

    @property
    def in_turn(self) -> bool:
        """Whether it comes next by its number."""
        return self.before is None or self.before.version == self.convention.version - 1

    @property
    def numbers(self) -> ConventionError | None:
        """A clause number of the version before that changed its act: no order adopts that."""
        return numbers_fault(self.before, self.convention)

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return self.enough and self.in_turn and not self.faults and self.numbers is None


def numbers_fault(before: Convention | None, convention: Convention) -> ConventionError | None:
    """Why a version's clause numbers may not follow the one before; None if they may."""
    from contracts.convention.adoption import check_numbers
    from contracts.errors import ConventionError

    try:
        if before is not None:
            check_numbers(before, convention)
    except ConventionError as error:
        return error
    return None


def read(file: Path) -> Signed:
    """A file that loads, and its signatures.

    Raises:
        ConventionError: it does not load; with the file's own name and line.
    """
    from contracts.convention.load import load
    from services.platform.keys.signatures import read_convention

    text = read_convention(file)
    return Signed(file, text, load(text, file.name), _tokens(file))


def judge(
    version: Signed, before: Convention | None, keys: Mapping[str, SigningKey]
) -> CheckedSignatures:
    """Each signature by itself: a bad one does not hide the others."""
    from contracts.convention.signing import verify_apart

    convention = version.convention
    signatures, faults = verify_apart(convention, version.tokens, keys, at=0, before=before)
    return CheckedSignatures(version.file, convention, before, signatures, faults)


def _tokens(file: Path) -> dict[str, str]:
    """Party, as the file's name says -> its signature; of a file that cannot be read, no JWS."""
    from contracts.convention.signing import MAX_SIGNATURE
    from services.platform.keys.signatures import ENDING

    tokens = {}
    for path in sorted(file.parent.glob(f"{escape(file.name)}.*{ENDING}")):
        party = path.name.removeprefix(f"{file.name}.").removesuffix(ENDING)
        try:
            with path.open("rb") as signature:
                token = signature.read(MAX_SIGNATURE + 2)
        except OSError:
            token = b""
        tokens[party] = token.decode("ascii", "replace").strip()
    return tokens


def as_data(judged: CheckedSignatures) -> dict[str, Any]:
    """What was found of a signed file, as `--format json` prints it."""
    from services.platform.keys.signatures import signature_file

    convention, before = judged.convention, judged.before
    return {
        "version": convention.version, "convd": convention.digest,
        "predecessor": convention.predecessor, "effective": convention.effective,
        "signed": list(judged.signatures.signed), "missing": list(judged.signatures.missing),
        "invalid": [
            {"file": signature_file(judged.file, party).name, "party": party, "reason": reason}
            for party, reason in judged.faults.items()
        ],
        "needed": {str(version.version): version.needed for version in judged.needed},
        "predecessor_known": judged.succession_known,
        "predecessor_version": before.version if before is not None else None,
        "numbers_kept": judged.numbers is None,
        "in_turn": judged.in_turn, "enough": judged.enough,
    }  # fmt: skip


def lines(judged: CheckedSignatures) -> Iterator[str]:
    """One line a party, then whether that is enough, and what else stands in the way."""
    from contracts.convention.signing import quorum_text
    from services.platform.keys.signatures import signature_file

    convention, before = judged.convention, judged.before
    missing = [party for party in judged.signatures.missing if party not in judged.faults]
    for name, parties in (("signed", judged.signatures.signed), ("missing", missing)):
        for party in parties:
            label = convention.party_labels.get(party, {}).get("en", "")
            yield f"{name:7}  {party:14} {label}".rstrip()
    for party, fault in judged.faults.items():
        yield f"invalid  {party:14} {signature_file(judged.file, party).name}: {_FAULT[fault]}"
    rule = ", ".join(
        f"version {version.version}: {quorum_text(version, 'en')}" for version in judged.needed
    )
    reached = _ENOUGH if judged.reached else _SHORT
    yield counted(reached, len(judged.signatures.signed), rule=rule)
    if not judged.succession_known:
        yield _UNKNOWN
    if (numbers := judged.numbers) is not None:
        yield in_words(numbers)
    if before is not None and not judged.in_turn:
        yield _TURN.format(new=convention.version, old=before.version, due=convention.version - 1)

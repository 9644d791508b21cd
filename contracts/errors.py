"""The one tree of errors. A bad signature raises; a refusal by the convention is a value.

    RelaisError
    ├── EnvelopeError      a token, an envelope or a body is not what envelope §2 to §8 demand
    │   └── SignatureError a signature, a commitment or an authentication tag does not verify
    ├── DirectoryError     the signed directory is not coherent, or lacks what was asked of it
    ├── ConventionError    a convention file does not load (carries file and line)
    ├── IntakeError        an agency's record cannot become an event
    ├── LogError           records, evidence or orders do not chain, verify or replay
    ├── ProofError         a note, checkpoint, tile, policy or proof is malformed or unverified
    ├── SignerError        what holds a signing key cannot sign with it now
    └── UsageError         a setting, a key file or a command is wrong

Every error carries a stable `code` (snake case, one a cause) that may be shown to anyone, and what
was `got` and `expected`, in English. Neither may hold personal data: callers pass sizes, types,
codes and digests, never values of a record or a body.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


class RelaisError(Exception):
    """Base class of everything that Relais raises on purpose.

    Args:
        code: stable snake-case cause, e.g. `slip_not_projection`.
        got: what was found, without personal data.
        expected: what would have been right.
        place: where in the input, e.g. `slips[1]` or `cover.to[0].desk`; empty if the whole.
    """

    def __init__(self, code: str, got: str = "", expected: str = "", place: str = "") -> None:
        self.code = code
        self.got, self.expected = got, expected
        self.place = place
        super().__init__(self.describe())

    def describe(self) -> str:
        """One lower-case line: code, place, got and expected."""
        text = self.code
        if self.place:
            text += f" at {self.place}"
        if self.got:
            text += f": got {self.got}"
        if self.expected:
            text += f", expected {self.expected}" if self.got else f": expected {self.expected}"
        return text


class EnvelopeError(RelaisError):
    """A token, envelope or body breaks the wire format (envelope §2).

    Attributes:
        cover, cover_token: the `Cover` of a published event whose cover's signature verified and
            was its issuer's own before the error was found: the router then owes a notice.
    """

    cover: Any = None  # typed where it is read: errors know of no envelope
    cover_token: str | None = None
    claimed: Any = None


class SignatureError(EnvelopeError):
    """A signature, commitment or authentication tag does not verify."""


class DirectoryError(RelaisError):
    """The directory is incoherent, or lacks the desk or key that was asked for."""


class ConventionError(RelaisError):
    """A convention file does not load.

    Args:
        file: name of the file.
        line: 1-based line of the finding, 0 if the file as a whole.
        facts: what the words of its code are filled with; `got` and `expected` if not given.
    """

    def __init__(
        self,
        code: str,
        got: str = "",
        expected: str = "",
        *,
        file: str = "",
        line: int = 0,
        facts: tuple[str, ...] = (),
    ) -> None:
        self.file = file
        self.line = line
        self.facts = facts or (got, expected)
        super().__init__(code, got, expected, f"{file}:{line}" if file else "")


class IntakeError(RelaisError):
    """An agency's own record cannot become an event: a field is missing, unknown or too long.

    Args:
        others: further faults of the record, each as an error of its own; this one tells the first.
    """

    def __init__(
        self,
        code: str,
        got: str = "",
        expected: str = "",
        place: str = "",
        others: tuple[IntakeError, ...] = (),
    ) -> None:
        super().__init__(code, got, expected, place)
        self.others = others

    @property
    def faults(self) -> tuple[IntakeError, ...]:
        """All faults of the record, this one first."""
        return (self, *self.others)

    @classmethod
    def of(cls, faults: Iterable[IntakeError]) -> IntakeError:
        """One error that tells several faults, those of each included; at least one."""
        told, *others = (fault for error in faults for fault in error.faults)
        return cls(told.code, told.got, told.expected, told.place, tuple(others))


class LogError(RelaisError):
    """Records, evidence or orders do not chain, do not verify or do not replay."""


class ProofError(RelaisError):
    """A note, checkpoint, tile, policy or proof of inclusion is malformed or does not verify."""


class SignerError(RelaisError):
    """What holds a signing key, a device mostly, cannot sign with it now; later it may again."""


class UsageError(RelaisError):
    """A setting, a key file or a command line is wrong."""

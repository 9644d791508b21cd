"""What one page of `/metrics` says, by name and labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from prometheus_client.parser import text_string_to_metric_families

Labels = Mapping[str, str]
OURS: Final = ("relais_", "process_resident_memory_bytes")
MOST_LINES: Final = 10_000  # a service with 1,000 desks answers some 4,000
TOO_LARGE: Final = 2.0**53  # of bytes, seconds since 1970, records


@dataclass(frozen=True, slots=True)
class Samples:
    """The samples of one service.

    Attributes:
        rows: name of a sample -> its labels and value, in the order of the page.
    """

    rows: Mapping[str, tuple[tuple[Labels, float], ...]] = field(default_factory=dict)

    @classmethod
    def read(cls, page: str) -> Self:
        """Parse a page in Prometheus's text format 0.0.4.

        Raises:
            ValueError: it is none, or has a line too many or a figure that nothing can count.
        """
        if page.count("\n") > MOST_LINES:
            raise ValueError(f"got more than {MOST_LINES} lines, expected a page of a service")
        rows: dict[str, list[tuple[Labels, float]]] = {}
        for family in text_string_to_metric_families(page):
            for sample in family.samples:
                if sample.name.startswith(OURS) and not abs(sample.value) < TOO_LARGE:  # nor NaN
                    raise ValueError(f"got {sample.value} of {family.name}, expected a figure")
                rows.setdefault(sample.name, []).append((sample.labels, sample.value))
        return cls({name: tuple(some) for name, some in rows.items()})

    def of(self, name: str) -> tuple[tuple[Labels, float], ...]:
        """Every sample of a name without the prefix `relais_`; none if the service has none."""
        return self.rows.get(f"relais_{name}", ())

    def value(self, name: str) -> float | None:
        """The only sample of a full name, None if there is none."""
        rows = self.rows.get(name, ())
        return rows[0][1] if rows else None

    def total(self, name: str) -> float:
        """The sum over all labels."""
        return sum(value for _, value in self.of(name))

    def by(self, name: str, *labels: str) -> dict[tuple[str, ...], float]:
        """Sums by these labels."""
        sums: dict[tuple[str, ...], float] = {}
        for own, value in self.of(name):
            key = tuple(own.get(label, "") for label in labels)
            sums[key] = sums.get(key, 0.0) + value
        return sums

    def most(self, name: str) -> Iterator[float]:
        """The largest value over all labels, if there is any."""
        values = [value for _, value in self.of(name)]
        if values:
            yield max(values)

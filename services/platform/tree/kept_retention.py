"""What a mirror knows of the owners' order by which a log need not serve its first entries (proof §12)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from contracts.errors import ProofError, RelaisError
from contracts.log.orders.order import Owners
from contracts.log.orders.prune_orders import read_retention
from contracts.log.orders.pruning import RETENTION, bundles_pruned
from contracts.proof.tiles import ENTRIES, WIDTH, read_hashes, tile_at, whole_if_gone
from contracts.vocabulary.topics import MAX_ORDER_BYTES
from services.platform.process.durable_file import write_durably
from services.platform.process.exit_codes import UnreachableError
from services.platform.tree.published_log import LogFiles, LogInFolder, read_entries
from services.texts import Catalogue

_ = Catalogue(__name__)

PRUNED: Final = "pruned_without_order"  # the code of what must not be
NOBODY: Final = Owners({}, {}, {})


class KeptRetention:
    """The order that was believed last, which lies in the mirror's folder.

    Args:
        folder: of the mirror.
        origin: of the log.
        owners: who may order so.
    """

    def __init__(self, folder: Path, origin: str, owners: Owners) -> None:
        self._path = folder / RETENTION
        self._origin = origin
        realm, _, number = origin.rpartition("/")[2].rpartition("-")
        self._realm, self._partition = realm, int(number)
        self._owners = owners
        self._least, self._told = 0, "no order"
        self._take(LogInFolder(folder))

    def pruned(self, size: int) -> int:
        """How many bundles a log of this size need not serve, as far as is known here."""
        return bundles_pruned(self._least, size)

    def leaves(self, log: LogFiles, number: int, size: int) -> list[bytes]:
        """The leaves of a bundle that a log does not serve, if it need not.

        Raises:
            UnreachableError: it serves nothing else either, or serves the bundle now.
            ProofError: `pruned_without_order`; those of a tile.
            OSError: the order could not be kept.
        """
        tile = tile_at(0, number, size)
        leaves = read_hashes(whole_if_gone(log.read, UnreachableError)(tile), tile.width)
        if number >= self.pruned(size):
            value = self._take(log)
            if number >= self.pruned(size):
                self._check_away(log, number, size)
            write_durably(self._path, value)
        return leaves

    def _take(self, log: LogFiles) -> bytes:
        """Believe the order that lies beside a log, if the owners signed it and it lets more go."""
        try:
            value = log.read(RETENTION)[: MAX_ORDER_BYTES + 1]
            order = read_retention(value, self._realm, self._owners)
        except UnreachableError:
            return b""
        except RelaisError as error:
            self._told = error.code
            return b""
        self._least = max(self._least, order.least(self._partition))
        self._told = f"order {order.n}, from entry {self._least} on"
        return value

    def _check_away(self, log: LogFiles, number: int, size: int) -> None:
        """Tell that a bundle is missing which has to be served; one that was away for a moment is asked for later."""
        try:
            read_entries(log, tile_at(ENTRIES, number, size))
        except UnreachableError:
            raise ProofError(PRUNED, self._told, str(number * WIDTH), self._origin) from None
        got = _("entries that were missing for a moment")
        raise UnreachableError("log_not_there", got, _("a log that stays"))

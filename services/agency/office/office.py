"""What an agency's service does with requests, without I/O: HTTP and `tests/world.py` share it.

The office joins agency (identity and convention), fold (what the inbox says) and outbox (what was
published). Every operation that publishes goes through `judge`, and is answered again by it.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Container, Iterable, Mapping, MutableMapping, Sequence

from contracts.envelope.model import Cover
from contracts.envelope.receive import RecipientContext, addressee
from contracts.envelope.wire import Inbound
from contracts.errors import RelaisError
from contracts.keys.directory import SigningKey
from contracts.log.erasing.forgetting import read_blank, told_leaf
from contracts.vocabulary.events import read_body
from contracts.vocabulary.schema import desk_urn, short
from contracts.vocabulary.scopes import REALMS
from services.agency.office.fold.agency_fold import Fold
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.fold.numbers import ErasedNumbers, Place
from services.agency.office.fold.own_events import OwnEvent
from services.agency.office.inbox import inbox_fold
from services.agency.office.inbox.inbox_fold import ErasedLeaves
from services.agency.office.passing_over import UNREAD, Count, PassingOver
from services.agency.office.requests.desk_request import DeskRequest, doubts, draft_of, key_reused
from services.agency.office.requests.pressure import check_new_cases
from services.agency.office.requests.replies import check_withdrawn_once
from services.agency.office.sending.answer import Prepared
from services.agency.office.sending.identity import Agency, Known
from services.agency.office.sending.outbox import Outbox, Sent
from services.agency.office.sending.sealing import (
    Headers,
    Keyed,
    Random,
    Sealed,
    read_own,
    read_unsent,
    seal,
)

TakeCover = Callable[[Inbound, Mapping[str, SigningKey]], Cover | None]
Note = Callable[[str, inbox_fold.Said | None], None]  # a desk, and what a record said to it


class Office:
    """One agency's desks at work.

    Attributes:
        count: is given the topic of each record that was passed over.
        hourly_cases: how many cases a desk may open in an hour; 0: any number.
    """

    def __init__(
        self, agency: Agency, count: Count = lambda _topic: None, hourly_cases: int = 0
    ) -> None:
        self.agency = agency
        self.count = count
        self.hourly_cases = hourly_cases
        self.erased = ErasedLeaves(agency.registries)
        self.begin()

    def begin(self) -> None:
        """Know nothing of what was sent and said."""
        self.fold = Fold(self.agency.desks, ErasedNumbers(self.erased.count))
        self.outbox = Outbox()

    def view(self, desk: str) -> DeskFold:
        """One desk's fold."""
        return self.fold.desks[desk]

    def keyed(self, request: DeskRequest) -> Keyed | None:
        """HMACs of key and body by realm; None without a key."""
        if not request.key:
            return None
        hashed, desk = self.agency.idempotency, request.desk
        return {
            realm: (
                hashed(realm, desk, "key", request.key.encode()),
                hashed(realm, desk, "body", request.digestible),
            )
            for realm in self.agency.realms
        }

    def repeated(self, request: DeskRequest, idem: Keyed) -> list[Sent]:
        """The events already published under the request's key, in order; none if it is new."""
        sent = self.outbox.find(
            (desk_urn(realm, request.desk), key) for realm, (key, _) in idem.items()
        )
        bodies = {body for _, body in idem.values()}
        if any(one.body not in bodies for one in sent):
            raise key_reused()
        return sent

    def judge(self, request: DeskRequest, at: int, first: Sent | None = None) -> Prepared:
        """What a request comes to.

        Args:
            first: of a repeated request, the first event: judged as it was then.
        """
        when, convd = (first.iat, first.convd) if first is not None else (at, "")
        agency = self.agency
        known: Known = self.fold.known
        if request.kind == "record":
            return agency.prepare(dict(request.body), request.desk, known, when, convd)
        view = self.view(request.desk)
        draft = draft_of(request, view, agency, when, again=first is not None)
        # Any token is looked up as it is: a refusal would say whether there is a case.
        where = (lambda _case: frozenset(REALMS)) if request.kind == "look_up" else known
        prepared = agency.judge([draft], request.desk, where, when, convd)
        prepared.doubts += doubts(request, view, draft)
        return prepared

    def seal(
        self,
        prepared: Prepared,
        chain: MutableMapping[tuple[str, int], str],
        at_ms: int,
        random: Random,
        idem: Keyed | None = None,
        ahead: Sequence[Sealed] = (),
    ) -> list[Sealed]:
        """Seal what was judged, on chains that are not ours until the transaction commits.

        Args:
            ahead: what the same transaction publishes before it.
        """
        check_new_cases(prepared, ahead, self.fold, self.hourly_cases, at_ms // 1000)
        for event in prepared.events:
            if event.draft.etype == "WITHDRAW":
                under_way = [OwnEvent.of(one.issued.claims) for one in ahead]
                check_withdrawn_once(event.draft, self.view(prepared.desk), under_way)
        return seal(self.agency, prepared, chain, at_ms, random, idem)

    def tried(self, request: DeskRequest, at_ms: int, random: Random) -> Prepared:
        """What a request would come to: sealed like any other, and thrown away.

        So whatever a publication would be refused for is told now: content that is too large, a
        date out of its bounds, a desk without a key.
        """
        prepared = self.judge(request, at_ms // 1000)
        self.seal(prepared, ChainMap({}, self.outbox.chain), at_ms, random)
        return prepared

    def committed(self, sealed: list[Sealed]) -> None:
        """The transaction that published these events has committed."""
        for event in sealed:
            claims, partition = event.issued.claims, event.record.partition
            self.outbox.published(claims, event.issued.digest, partition, event.idem)
            self._show(claims, claims.realm, event.record.headers, live=True)

    def writing(self, sealed: Iterable[Sealed]) -> None:
        """The transaction that publishes these events begins."""
        for event in sealed:
            place = event.issued.claims.iss, event.record.partition
            self.outbox.under_way[event.issued.digest] = place

    def given_up(self, sealed: Iterable[Sealed]) -> None:
        """It was aborted."""
        for event in sealed:
            self.outbox.give_up(event.issued.digest)

    def follow(self, record: Inbound, realm: str, at: int) -> Cover | None:
        """Take a record of an own outbox that came while we run; the cover if it is not of ours."""
        self.fold.move_to(at)
        with PassingOver(record, self.count):
            if record.value:
                return self._own(record, realm, at, self.outbox.follow, live=True)
        return None

    def read_back(self, record: Inbound, realm: str, at: int) -> bool:
        """Take a record of an own outbox, as read on start; whether it blanks another."""
        with PassingOver(record, self.count):
            if record.value:
                self._own(record, realm, at, self.outbox.absorb, live=False)
            elif (blank := read_blank(record, self.agency.blanking(realm))) is not None:
                return self.outbox.blanked(record, blank)
        return False

    def _own(
        self, record: Inbound, realm: str, at: int, take: TakeCover, *, live: bool
    ) -> Cover | None:
        _, directory = self.agency.in_force(realm, at)
        if (cover := take(record, directory.signing)) is not None:
            with PassingOver(record, self.count):  # who has written it is told all the same
                self._show(cover, realm, record.headers, live=live)
        return cover

    def _show(self, cover: Cover, realm: str, headers: Headers, *, live: bool) -> None:
        """Show an own event among the desk's, with what is sealed beside it for the agency alone.

        A cover that names another realm than its outbox's is put aside by the router and is no
        event of either.
        """
        if cover.realm != realm:
            return
        sealed = self.agency.secret, cover.jti, headers
        self.fold.published(cover, read_unsent(*sealed), read_own(*sealed), live=live)

    def take(
        self,
        record: Inbound,
        place: Place,
        desks: Container[str],
        at: int,
        note: Note = lambda _desk, _said: None,
        *,
        final: bool = True,
    ) -> tuple[str, str]:
        """Take an inbox record: the desk that it names and, if it does not verify, the error code.

        What names another desk (one that has left, say) is nobody's here, and no error; nor what is
        empty: a message was erased. Of one whose case is erased its number is taken, and no more.

        Args:
            place: where a desk finds it again (`inbox/cursor.py`).
            desks: short ids of those whose inbox it is.
            note: is given the desk and what it says; None of what does not verify, which another
                directory may mend.
            final: False: what does not verify is not folded, for a newer directory may be on its
                way.

        Raises:
            RelaisError: it does not verify, and this is not final.
        """
        with PassingOver(record, self.count, () if final else (RelaisError,)):
            return self._take(record, place, desks, at, note, final=final)
        note("", None)
        return "", UNREAD

    def _take(
        self, record: Inbound, place: Place, desks: Container[str], at: int, note: Note, *,
        final: bool
    ) -> tuple[str, str]:  # fmt: skip
        if not record.value:
            return self._take_blank(record, place, desks, note), ""
        realm, desk = place[0], ""
        try:
            urn, notice, shell = addressee(record.value, record.headers)
            if short(urn) not in desks or urn != desk_urn(realm, short(urn)):
                return "", ""
            desk = short(urn)
            self.fold.erased.now = at
            context = self.context(realm, desk, at)
            said = inbox_fold.said_of(record, shell, context, notice=notice)
        except RelaisError as error:
            if not final:
                raise
            if desk:
                stamp = record.timestamp_ms // 1000
                self.view(desk).failed(*place, record.offset, stamp, error.code)
            note(desk, None)
            return desk, error.code
        if self.erased.has(realm, record.partition, told_leaf(said), at):
            said = inbox_fold.forgotten(said)
        code = inbox_fold.fold_in(said, record.offset, place, desk, self.fold)
        note(desk, said)
        return desk, code

    def _take_blank(
        self, record: Inbound, place: Place, desks: Container[str], note: Note
    ) -> str:  # fmt: skip
        """Take what stands in place of an erased message: the desk, empty if it says nothing."""
        blank = read_blank(record, self.agency.blanking(place[0]))
        if blank is None or (desk := short(blank.desk)) not in desks:
            return ""
        said = {"stamp": record.timestamp_ms // 1000, "blank": blank.number}
        inbox_fold.fold_in(said, record.offset, place, desk, self.fold)
        note(desk, said)
        return desk

    def context(self, realm: str, desk: str, at: int) -> RecipientContext:
        """What a desk holds its arrivals against: the directory in force and its own keys."""
        _, directory = self.agency.in_force(realm, at)
        ring = self.agency.rings[desk_urn(realm, desk)]
        earlier = self.agency.registries[realm].directories
        return RecipientContext(desk_urn(realm, desk), directory, ring, read_body, earlier)

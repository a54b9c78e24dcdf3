"""The order of a list, cut into stretches by what is known of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from airflow_provider_smsworks.sending.keys import PLACES
from airflow_provider_smsworks.sending.progress import Part
from airflow_provider_smsworks.sending.spool import LEFT, REFUSED, SENT, Row, Spool


@dataclass(eq=False)
class Stretch:
    """
    Some rows that follow each other, behind ``after`` and up to ``upto``; see :class:`Part`.

    :param end: the place of its last row, once it was in a call
    """

    after: int
    upto: int
    end: int | None = None
    count: int = 0
    seal: int | None = None
    is_open: bool = False
    is_mixed: bool = False
    batch_ids: tuple[str, ...] = ()

    @property
    def is_settled(self) -> bool:
        """Whether all of its rows have theirs."""
        return self.seal is not None

    @property
    def is_doubtful(self) -> bool:
        """Whether some of its rows may have theirs, and nobody knows who."""
        return not self.is_settled and (self.is_open or self.is_mixed)

    @property
    def part(self) -> Part:
        """What is written down of it."""
        return Part(self.end or 0, self.count, self.seal, self.is_open, self.is_mixed, self.batch_ids)


class Stretches:
    """All stretches of a list, from its beginning to its end."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self.all: list[Stretch] = [Stretch(0, spool.count)] if spool.count else []

    def resume(self, parts: Sequence[Part]) -> None:
        """Cut the list where parts of an earlier try ended; what is sealed, and has not changed, is settled."""
        self.all = []
        places = self._spool.places()
        at, following = 0, next(places, None)
        for part in parts:
            after, total = at, 0
            while following is not None and following <= part.end:
                at, total, following = at + 1, total + following, next(places, None)
            seal = part.seal if part.seal == total and not part.is_open else None
            is_mixed = part.is_mixed or (seal is None and (part.is_open or part.sent > 0))
            self.all.append(Stretch(after, at, part.end, part.sent, seal, part.is_open, is_mixed, part.batch_ids))
        if at < self._spool.count:
            self.all.append(Stretch(at, self._spool.count))
        for stretch in self.all:
            if stretch.is_settled:
                # A call that the gateway refused, and that the author could do without, texted nobody.
                self._spool.mark(stretch.after, stretch.upto, SENT if stretch.count else REFUSED)

    def doubt_all(self) -> None:
        """Take every row for one that an earlier call may have texted."""
        for stretch in self.all:
            # Also of those who have left the list, wherever they stood.
            stretch.is_open, stretch.is_mixed, stretch.end = True, True, PLACES

    @property
    def certain(self) -> int:
        """How many texts certainly went out."""
        return sum(stretch.count for stretch in self.all)

    @property
    def is_open(self) -> bool:
        """Whether it is not known what became of a call."""
        return any(stretch.is_open and not stretch.is_settled for stretch in self.all)

    @property
    def doubtful(self) -> list[Stretch]:
        """Those in which rows have to be looked for."""
        return [stretch for stretch in self.all if stretch.is_doubtful]

    @property
    def parts(self) -> tuple[Part, ...]:
        """What is written down: all as far as any call reached, or may have."""
        reached = [number for number, stretch in enumerate(self.all, start=1) if stretch.end is not None]
        return tuple(stretch.part for stretch in self.all[: max(reached, default=0)])

    def found(self, counts: Iterable[tuple[Stretch, int]]) -> None:
        """
        Take what a look-up found; the rows are marked already.

        :param counts: how many rows of each stretch that was in doubt were found
        """
        for stretch, count in counts:
            left = self._spool.counted(LEFT, stretch.after, stretch.upto)
            stretch.count = max(stretch.count, count)
            # Where nobody of it is in the list any more, nobody knows more than before.
            is_empty = stretch.after == stretch.upto
            is_open = stretch.is_open and (left > 0 or is_empty)
            stretch.batch_ids = _each_once(
                [*stretch.batch_ids, *self._spool.found_batches(stretch.after, stretch.upto)]
            )
            if not left:
                self.settle(stretch)
            stretch.is_open = is_open

    def settle(self, stretch: Stretch) -> None:
        """Note that all rows of a stretch have theirs."""
        stretch.seal = self._spool.sum_of_places(stretch.after, stretch.upto)
        stretch.is_open = False
        if stretch.end is None:
            stretch.end = self._spool.place_at(stretch.upto)

    def runs(self) -> Iterator[list[Stretch]]:
        """Yield the stretches that have to be sent yet, those together that follow each other."""
        for is_settled, run in groupby(list(self.all), key=lambda stretch: stretch.is_settled):
            if not is_settled:
                yield list(run)

    def cut(self, run: list[Stretch], upto: int) -> Stretch:
        """
        Take the beginning of a run for a call, and return it as a stretch of its own.

        :param run: only what is left of it stands there afterwards
        """
        taken = [stretch for stretch in run if stretch.upto <= upto]
        rest = run[len(taken) :]
        count = sum(stretch.count for stretch in taken)
        batch_ids = [one for stretch in taken for one in stretch.batch_ids]
        is_open = any(stretch.is_open for stretch in taken)
        is_mixed = any(stretch.is_mixed for stretch in taken)
        end = taken[-1].end if taken else None
        if rest and rest[0].after < upto:
            split, end = rest[0], None
            after = max(split.after, run[0].after)
            # Who was found counts where they are: only so are they looked for again if nothing goes out here.
            found = self._spool.counted(SENT, after, upto) if split.count else 0
            count, is_open, is_mixed = count + found, is_open or split.is_open, is_mixed or split.is_mixed
            batch_ids += self._spool.found_batches(after, upto) if found else []
            rest[0] = replace(split, after=upto, count=max(0, split.count - found))
        whole = Stretch(run[0].after, upto, end, count, None, is_open, is_mixed, _each_once(batch_ids))
        whole.end = self._spool.place_at(upto) if whole.end is None else whole.end
        number = self._number_of(run[0])
        self.all[number : number + len(run)] = [whole, *rest]
        run[:] = rest
        return whole

    def _number_of(self, stretch: Stretch) -> int:
        # Where nobody of a stretch is in the list any more, the next one begins where it does.
        return self.all.index(stretch, bisect_left(self.all, stretch.after, key=lambda one: one.after))


@dataclass(eq=False)
class Planned:
    """A call that may go out."""

    stretch: Stretch
    rows: list[Row]
    was_open: bool = False

    def may_have_gone_out(self) -> None:
        """Note that the call goes out from now on."""
        self.was_open, self.stretch.is_open = self.stretch.is_open, True

    def has_not_gone_out(self) -> None:
        """Note that it did not; one before may have."""
        self.stretch.is_open = self.was_open

    @property
    def radio_parts(self) -> int:
        """How many parts its texts have."""
        return sum(row.parts for row in self.rows)


def _each_once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))

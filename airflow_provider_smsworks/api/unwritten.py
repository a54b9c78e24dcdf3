"""What holds secrets or somebody's number, and must not end up in a file or a database by accident."""

from __future__ import annotations

from typing import NoReturn


class Unwritten:
    """A value that can be used and copied, and not be pickled."""

    def __copy__(self) -> Unwritten:
        return self

    def __deepcopy__(self, memo: object) -> Unwritten:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is not pickled: it holds what nobody should find in a file")

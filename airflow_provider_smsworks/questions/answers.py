"""Which answers a question may have, how it asks for them, and what a reply means. What is not clear is None."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from airflow_provider_smsworks.questions.codes import may_hold_code

_MOST_OPTIONS = 20
_MOST_LISTED = 5

_STOP = frozenset({"stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "optout", "opt out"})

# What may stand around a number without making it another one; so no point before it, and no minus.
_BEFORE_NUMBER = "'\"\u2018\u2019\u201c\u201d\u00ab([#£$€*=:,"
_AFTER_NUMBER = "'\"\u2018\u2019\u201c\u201d\u00bb)].,;:!?\u2026*%"
# More digits than Python turns into a number are nobody's answer.
_WHOLE = re.compile(r"(?P<minus>[-\u2212\u2013]?)(?P<digits>\d{1,3}(?:,\d{3}){1,5}|\d{1,18})")

_WITHIN_WORDS = re.compile("(?<=\\w)[-'\u2019\u2010](?=\\w)")


@dataclass(frozen=True)
class Choices:
    """
    One of some options.

    :param options: see :func:`kind_of` for what they may be
    """

    options: Sequence[str]

    def read(self, text: str, *, exactly: bool = False) -> str | None:
        """
        Return the option that a text means, as the author spelled it.

        :param exactly: whether nothing else may stand in the text: ``no problem`` does not mean no
        """
        words = _words(text)
        for option in self.options:
            if "".join(words) == "".join(_words(option)):
                return option
        if exactly:
            return None
        if len(words) == 1 and len(words[0]) == 1 and words[0].isalpha():
            meant = [option for option in self.options if _words(option)[0][0] == words[0]]
        else:
            meant = [option for option in self.options if self._begins(words, option)]
        return meant[0] if len(meant) == 1 else None

    def _begins(self, words: list[str], option: str) -> bool:
        """Tell whether a text begins with an option and then names no other, as ``Yes please`` does."""
        own = _words(option)
        others = {word for other in self.options if other != option for word in _words(other)}
        return words[: len(own)] == own and others.isdisjoint(words[len(own) :])

    def instruction(self, code: str) -> str:
        """Return the sentence that ends the question."""
        *others, last = [" ".join(option.split()) for option in self.options]
        if len(others) > 1:
            return f"Reply with {', '.join(others)} or {last} and {code}, such as {others[0]} {code}."
        return f"Reply {' or '.join(f'{option} {code}' for option in [*others, last])}."


@dataclass(frozen=True)
class Number:
    """A whole number."""

    numbers: range

    def read(self, text: str) -> int | None:
        """Return the only number of a text, in digits, if it is one of those asked for."""
        # Also ½: "7 ½" is not 7.
        written = [part for part in text.split() if any(map(str.isnumeric, part))]
        found = _WHOLE.fullmatch(written[0].lstrip(_BEFORE_NUMBER).rstrip(_AFTER_NUMBER)) if len(written) == 1 else None
        if not found:
            return None
        size = int(found["digits"].replace(",", ""))
        number = -size if found["minus"] else size
        return number if number in self.numbers else None

    def instruction(self, code: str) -> str:
        """Return the sentence that ends the question."""
        numbers = self.numbers if self.numbers.step > 0 else self.numbers[::-1]
        # Not the first or the last, which many would repeat as it is.
        example = numbers[len(numbers) * 2 // 3]
        if len(numbers) == 1:
            return f"Reply {example} {code}."
        if numbers.step > 1 and len(numbers) <= _MOST_LISTED:
            which = f"one of {', '.join(map(str, numbers))}"
        else:
            steps = f" in steps of {numbers.step}" if numbers.step > 1 else ""
            which = f"a number from {numbers[0]} to {numbers[-1]}{steps}"
        return f"Reply {which} and {code}, such as {example} {code}."


@dataclass(frozen=True)
class FreeText:
    """Any words."""

    def read(self, text: str) -> str | None:
        """Return the words."""
        return text.strip() or None

    def instruction(self, code: str) -> str:
        """Return the sentence that ends the question."""
        return f"Begin your reply with {code}."


Kind = Choices | Number | FreeText


def kind_of(options: object) -> Kind:
    """
    Return what ``options`` of a question ask for.

    :param options: a list of text; or a range, for a number; or None, for any words
    :raises ValueError: some answer would not be understood, or mean two of them
    """
    if options is None:
        return FreeText()
    if isinstance(options, range):
        if not options:
            raise ValueError("`options` is a range without any number: give one that has some, such as range(1, 11)")
        return Number(options)
    # A set is in another order in each process, and so would be the question.
    if not isinstance(options, list | tuple):
        raise ValueError(f"`options` must be a list of text, a range or None, not {type(options).__name__}")
    if not options:
        raise ValueError("`options` is empty: give at least one, or None if any words will do")
    if len(options) > _MOST_OPTIONS:
        raise ValueError(f"`options` has {len(options)} entries, and a question may have {_MOST_OPTIONS}")
    # Entries are named by their place: what they say may come from a template, and nobody may read it in a log.
    for place, option in enumerate(options, start=1):
        if problem := _problem(option):
            raise ValueError(f"Entry {place} of `options` {problem}")
    _check_that_they_differ(options)
    return Choices(tuple(options))


def is_stop(text: str) -> bool:
    """Tell whether a text says nothing but that its phone wants no more texts."""
    return " ".join(_words(text)) in _STOP


def _problem(option: object) -> str | None:
    if not isinstance(option, str):
        return "is not text: write it in quotes"
    if not any(map(str.isalnum, "".join(_words(option)))):
        return "has no letter or digit that somebody could reply"
    if may_hold_code(option):
        return "has a part that looks like the code of a question: choose another word"
    return None


def _check_that_they_differ(options: Sequence[str]) -> None:
    before: dict[str, int] = {}
    for place, option in enumerate(options, start=1):
        spelled = "".join(_words(option))
        if spelled in before:
            raise ValueError(
                f"Entries {before[spelled]} and {place} of `options` differ in nothing but capitals, spaces or"
                " punctuation"
            )
        before[spelled] = place
    for place, option in enumerate(options):
        others = [*options[:place], *options[place + 1 :]]
        meant = Choices(others).read(option)
        if meant is not None:
            raise ValueError(
                f"Entry {place + 1} of `options` as a reply might mean entry {options.index(meant) + 1}: choose other"
                " words"
            )


def _words(text: str) -> list[str]:
    """Return the words of a text in small letters, without punctuation; ``e-mail`` is one word."""
    spelled = _WITHIN_WORDS.sub("", unicodedata.normalize("NFKC", text).casefold())
    return "".join(character if _is_of_word(character) else " " for character in spelled).split()


def _is_of_word(character: str) -> bool:
    # Marks are parts of words in many scripts; a variation selector (the last part of ❤️) is of none.
    is_mark = unicodedata.category(character) in ("Mn", "Mc") and not "\ufe00" <= character <= "\ufe0f"
    return is_mark or character.isalnum()

"""Typographic characters, which a word processor puts in unasked and which more than double what a text costs."""

from __future__ import annotations

import unicodedata
from collections import Counter

from airflow_provider_smsworks.api.text import characters_outside_gsm, count_parts, name_of

# Only what reads the same afterwards. Not here, though others replace them: letters (a name is spelt as it is spelt,
# ``ç`` and ``ê`` too), fractions (``1½`` is not ``11/2``), the middle dot (Catalan spells with it), ``° © ™`` (they say
# something) and the backtick (no word processor put it there). Written as codes: they look alike.
_REPLACEMENTS = {
    # Curly, low, reversed and angled quotation marks, the prime of feet and minutes, the acute accent by itself.
    "'": "\u2018\u2019\u201a\u201b\u2039\u203a\u2032\u00b4",
    '"': "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033",
    # Hyphen, non-breaking hyphen, figure dash, en dash, em dash, horizontal bar, minus; bullets.
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2022\u2023\u2043\u25e6\u25aa",
    "...": "\u2026",
    # Tab, non-breaking blank, the blanks of different widths, narrow, mathematical and ideographic blank.
    " ": "\t\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
    # A word processor's line break, next line, line and paragraph separators.
    "\n": "\v\u0085\u2028\u2029",
    # Not to be seen: soft hyphen, blanks and joiners of no width, byte order mark; marks of direction, which come with
    # numbers copied from a phone's contacts. Without the overrides, which turn words round.
    "": "\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069",
    # Ligatures, as they come out of a PDF.
    "ff": "\ufb00",
    "fi": "\ufb01",
    "fl": "\ufb02",
    "ffi": "\ufb03",
    "ffl": "\ufb04",
}
_TABLE = str.maketrans({typographic: plain for plain, all_ in _REPLACEMENTS.items() for typographic in all_})


def replace_typography(content: str) -> tuple[str, dict[str, int]]:
    """
    Return the text with plain characters for typographic ones, and what was replaced: names with their counts.

    An accent that stands as a character of its own is joined to its letter (Unicode's NFC: ``e`` and an acute are
    ``é``, which GSM-7 has). No character of the GSM alphabet is touched otherwise.

    The text is changed only if that makes it GSM-7, in no more parts than before. If an emoji remains, say, nothing
    would be saved: it comes back as it was, and with no replacements.

    Tell the reader of the log: the names, such as ``{"U+2019 RIGHT SINGLE QUOTATION MARK": 2}``, hold no words of the
    text.
    """
    others = characters_outside_gsm(content)
    if not others:
        return content, {}
    plain = unicodedata.normalize("NFC", content).translate(_TABLE)
    if characters_outside_gsm(plain) or count_parts(plain) > count_parts(content):
        return content, {}
    return plain, dict(Counter(map(name_of, others)))

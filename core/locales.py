"""How dates, times and numbers are written in each language of the pages."""

import functools
from contextlib import AbstractContextManager

from babel import Locale
from flask_babel import force_locale


@functools.cache
def locale_of(language: str) -> Locale:
    """The locale by which a catalogue's language is written, read once.

    English is written as in Britain: the day before the month, and a clock of 24 hours as on the posters and in the
    Chinese pages beside it. By its name it stays plain "en", which is what a member's settings know. Raises
    `babel.UnknownLocaleError`.
    """
    if language != "en":
        return Locale.parse(language)
    british = Locale.parse("en_GB")
    # Its data are read at the first look, by the whole name.
    dict(british.date_formats)
    british.territory = None
    return british


def in_language(language: str) -> AbstractContextManager[None]:
    """A block whose sentences, dates and numbers are in this language, whatever the reader's is."""
    return force_locale(locale_of(language))  # type: ignore[arg-type] # a locale is taken as it is

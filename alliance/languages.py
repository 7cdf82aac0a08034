"""Which language a reader sees: the account's, then the browser's, then the alliance's."""

import functools

from babel import Locale
from flask import Flask, g, request
from flask_babel import Babel, get_locale

from core.config import ROOT, Settings, settings

#: Locale of the catalogue → the tag that browsers and `<html lang>` use.
LANGUAGES = {"zh_Hans_CN": "zh-CN", "en": "en"}
COOKIE = "language"


def initialise(app: Flask, settings: Settings) -> None:
    """Install translations; the catalogues are in `translations/`."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(ROOT / "translations")
    app.config["BABEL_DEFAULT_TIMEZONE"] = settings.zone
    Babel(
        app,
        default_locale=settings.language,
        default_timezone=settings.zone,
        locale_selector=lambda: _locale(choose()),
    )
    app.jinja_env.globals["language_tag"] = language_tag


@functools.cache
def _locale(name: str) -> Locale:
    """Read once: the extension would read a locale's name anew for each request, and look for its file."""
    return Locale.parse(name)


def choose() -> str:
    """The locale of this request."""
    reader = g.get("reader")
    for wish in (getattr(reader, "language", None), request.cookies.get(COOKIE)):
        if wish in LANGUAGES:
            return str(wish)
    tags = {tag.lower(): locale for locale, tag in LANGUAGES.items()}
    best = request.accept_languages.best_match([*tags, "zh-cn", "zh"])
    if best is None:
        return settings().language
    return tags.get(best.lower(), "zh_Hans_CN")


def language_tag() -> str:
    """The tag for `<html lang>` and for the speaking voice."""
    return LANGUAGES.get(str(get_locale()), settings().language)

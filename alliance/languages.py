"""Which language a reader sees: the account's, then the browser's, then the alliance's."""

import re

from flask import Flask, g, request
from flask_babel import Babel, get_locale

from core.config import ROOT, Settings, settings
from core.locales import locale_of

#: Locale of the catalogue → the tag that browsers and `<html lang>` use.
LANGUAGES = {"zh_Hans_CN": "zh-CN", "en": "en-GB"}
COOKIE = "language"


def initialise(app: Flask, settings: Settings) -> None:
    """Install translations; the catalogues are in `translations/`."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(ROOT / "translations")
    app.config["BABEL_DEFAULT_TIMEZONE"] = settings.zone
    Babel(
        app,
        default_locale=settings.language,
        default_timezone=settings.zone,
        locale_selector=lambda: locale_of(choose()),
    )
    app.jinja_env.globals["language_tag"] = language_tag


def choose() -> str:
    """The locale of this request."""
    reader = g.get("reader")
    for wish in (getattr(reader, "language", None), request.cookies.get(COOKIE)):
        if wish in LANGUAGES:
            return str(wish)
    # Of whatever country: whoever likes the English of Australia best reads ours.
    plain = {tag.partition("-")[0]: locale for locale, tag in LANGUAGES.items()}
    liked = (re.split("[-_]", tag)[0].lower() for tag, quality in request.accept_languages if quality)
    return next((plain[each] for each in liked if each in plain), settings().language)


def language_tag() -> str:
    """The tag for `<html lang>` and for the speaking voice."""
    return LANGUAGES.get(str(get_locale()), settings().language)

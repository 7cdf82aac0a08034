"""Static files: served with far-reaching caching, named by their content.

`frontend/build.mjs` writes `static/dist/` with a hash in every name and `manifest.json`, which tells the name of the
day. A file under `dist/` never changes, so phones keep it for a year; the rest of `static/` they ask for again.
"""

import json
from functools import cache
from pathlib import Path
from wsgiref.headers import Headers

from flask import Flask, url_for
from whitenoise import WhiteNoise

from alliance.security import headers_for
from core.config import ROOT, Settings

FOLDER = ROOT / "static"
MANIFEST = FOLDER / "dist" / "manifest.json"
#: Icons and the web manifest keep their names; an hour is short enough for a change to arrive.
OTHER_FILES_MAX_AGE_SECONDS = 3600


class AssetsMissing(Exception):
    """The pages' scripts and styles are not built, or the named one does not exist."""


def initialise(app: Flask, settings: Settings) -> None:
    """Serve `static/` before Flask is asked at all, and give templates `asset(name)`.

    In production the list of files is made once at the start; elsewhere a new build is seen at once.
    """
    # WhiteNoise answers before Flask would add them.
    common = headers_for(settings)

    def add_headers(headers: Headers, _path: str, _url: str) -> None:
        for name, value in common.items():
            headers[name] = value

    served = WhiteNoise(
        app.wsgi_app,
        max_age=OTHER_FILES_MAX_AGE_SECONDS,
        autorefresh=not settings.production,
        immutable_file_test=_never_changes,
        add_headers_function=add_headers,
    )
    served.add_files(str(FOLDER), prefix="static/")
    app.wsgi_app = served  # type: ignore[method-assign] # the documented way to wrap an application
    app.add_url_rule("/static/<path:filename>", endpoint="assets.static", build_only=True)
    app.jinja_env.globals["asset"] = asset


def asset(name: str) -> str:
    """The address of a built file, e.g. `asset("scan.js")`. Raises `AssetsMissing` when there is none."""
    return url_for("assets.static", filename=f"dist/{file_of(name)}")


def file_of(name: str) -> str:
    """The name under `static/dist/` that a built file has today. Raises `AssetsMissing` when there is none."""
    names = _manifest(_built_at())
    if name not in names:
        raise AssetsMissing(f"{name} is not among the built files; see frontend/build.mjs")
    return names[name]


def _built_at() -> int:
    try:
        return MANIFEST.stat().st_mtime_ns
    except FileNotFoundError:
        raise AssetsMissing("the pages are not built yet: npm run build") from None


@cache
def _manifest(_built: int) -> dict[str, str]:
    """Read anew after every build: `_built` is part of the key."""
    names: dict[str, str] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return names


def _never_changes(path: str, _url: str) -> bool:
    return Path(path).parent.name == "dist"

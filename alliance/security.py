"""Headers, request limits, and forgery protection for cookie sessions."""

import math
import threading
from typing import Any

from flask import Flask, request
from flask.wrappers import Response
from flask_wtf.csrf import CSRFProtect
from limits import RateLimitItem, parse_many
from limits.storage import Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter
from werkzeug.middleware.proxy_fix import ProxyFix

from alliance import logs
from core import clock, config
from core.auth import STRANGER, Actor
from core.config import Settings
from core.errors import TooMany

csrf = CSRFProtect()

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        # The decoder is compiled from WebAssembly; nothing else may be evaluated.
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "worker-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

#: What every answer says, pages and files alike.
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
}
HEADERS_BEHIND_HTTPS = {"Strict-Transport-Security": "max-age=31536000"}


def headers_for(settings: Settings) -> dict[str, str]:
    """What every answer of an alliance with these settings says."""
    return HEADERS | (HEADERS_BEHIND_HTTPS if settings.secure else {})


class AskedTooOften(TooMany):
    """One member, device or network address asked more often than the settings allow."""

    code = "too_many_requests"


class RequestCounts(Storage):
    """Counts requests in this process: what the limits' storage `memory://` means here.

    The library's own keeps order by a thread that it starts a hundred times a second, and two requests at the same
    time may start the same one twice, which fails one of them (RuntimeError).
    """

    STORAGE_SCHEME = ["memory"]  # noqa: RUF012 - read by the library when the class is made
    #: Keys that are kept before those whose time is over are looked for.
    ROOM = 10_000

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: Any) -> None:
        super().__init__(uri, wrap_exceptions, **options)
        self._lock = threading.Lock()
        self._counted: dict[str, tuple[int, float]] = {}
        self._room = self.ROOM

    @property
    def base_exceptions(self) -> type[Exception]:
        """What could go wrong with the storage itself: nothing."""
        return ValueError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Add to the key's count, which begins anew `expiry` seconds after it began; the sum."""
        now = clock.now().timestamp()
        with self._lock:
            count, ends = self._counted.get(key, (0, 0.0))
            if ends <= now:
                self._drop_ended(now)
                count, ends = 0, now + expiry
            self._counted[key] = count + amount, ends
        return count + amount

    def _drop_ended(self, now: float) -> None:
        if len(self._counted) < self._room:
            return
        self._counted = {key: value for key, value in self._counted.items() if value[1] > now}
        # Twice what is left: looking through all keys again and again would cost more than the room.
        self._room = max(self.ROOM, 2 * len(self._counted))

    def get(self, key: str) -> int:
        """The key's count now."""
        count, ends = self._counted.get(key, (0, 0.0))
        return count if ends > clock.now().timestamp() else 0

    def get_expiry(self, key: str) -> float:
        """When the key's count begins anew, in seconds since 1970."""
        return self._counted.get(key, (0, clock.now().timestamp()))[1]

    def check(self) -> bool:
        """Whether the storage is there."""
        return True

    def reset(self) -> int | None:
        """Forget everything; how many keys there were."""
        with self._lock:
            dropped, self._counted = len(self._counted), {}
        return dropped

    def clear(self, key: str) -> None:
        """Forget one key."""
        with self._lock:
            self._counted.pop(key, None)


def initialise(app: Flask, settings: Settings) -> None:
    """Install all of it. Forgery protection itself is called by the gatekeeper in `alliance/login.py`."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    app.config["WTF_CSRF_HEADERS"] = ["X-CSRF-Token"]
    csrf.init_app(app)
    _limit_requests(app, settings)
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign] # the documented way to wrap an application
    logs.watch_requests(app)

    @app.after_request
    def _headers(response: Response) -> Response:
        for name, value in headers_for(config.settings()).items():
            response.headers.setdefault(name, value)
        if request.endpoint != "assets.static":
            response.headers.setdefault("Cache-Control", "no-store")
        return response


#: Asked every few seconds by machines of the house, which must not hear that somebody else asks too often.
UNCOUNTED = frozenset({"health.alive", "health.ready"})


def _limit_requests(app: Flask, settings: Settings) -> None:
    """Prepare what `count_request` counts with, and refuse an address that asks a view of its own limit too often."""
    counted = FixedWindowRateLimiter(storage_from_string(settings.limits_storage))
    app.extensions["alliance_request_counts"] = counted.storage
    app.extensions["alliance_request_limits"] = counted, parse_many(settings.request_limit)

    @app.before_request
    def _count() -> None:
        own = getattr(app.view_functions.get(request.endpoint or ""), "address_limit", None)
        for limit in parse_many(own) if own else ():
            _hit(counted, limit, str(request.endpoint), request.remote_addr or "")


def count_request(app: Flask, actor: Actor) -> None:
    """Count the request: for members and devices under who they are, for strangers under their network address.

    Thirty volunteers behind one router have one address, and must not use up each other's requests. Files are not
    counted: they are served before the application is asked. Raises `AskedTooOften`.
    """
    if request.endpoint in UNCOUNTED:
        return
    counted, limits = app.extensions["alliance_request_limits"]
    # Who reports without a name is counted by his address: under his name the count would tell what the log does not.
    by_address = actor is STRANGER or logs.unlogged(app)
    who = request.remote_addr or "" if by_address else str(actor.id)
    for limit in limits:
        _hit(counted, limit, actor.kind, who)


def _hit(counted: FixedWindowRateLimiter, limit: RateLimitItem, *who: str) -> None:
    if not counted.hit(limit, *who):
        ends = counted.get_window_stats(limit, *who).reset_time
        left = math.ceil(ends - clock.now().timestamp())
        raise AskedTooOften(retry_after=min(max(1, left), limit.get_expiry()))

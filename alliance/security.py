"""Headers, request limits, and forgery protection for cookie sessions."""

from flask import Flask, request
from flask.wrappers import Response
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from alliance import logs
from core.config import Settings

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


def initialise(app: Flask, settings: Settings) -> None:
    """Install all of it. Forgery protection itself is called by the gatekeeper in `alliance/login.py`."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    app.config["WTF_CSRF_HEADERS"] = ["X-CSRF-Token"]
    csrf.init_app(app)
    # One for each application: a shared one would keep the limits of the first that was built.
    limiter = Limiter(
        get_remote_address, application_limits=[settings.request_limit], storage_uri=settings.limits_storage
    )
    limiter.init_app(app)
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign] # the documented way to wrap an application
    logs.watch_requests(app)

    @app.after_request
    def _headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(), microphone=()")
        if settings.secure:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if request.endpoint != "assets.static":
            headers.setdefault("Cache-Control", "no-store")
        return response

"""The application, for gunicorn and the flask command."""

from alliance.factory import create_app

app = create_app()

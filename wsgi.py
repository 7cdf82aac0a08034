"""The application, for gunicorn and the flask command."""

import gc

from alliance.factory import create_app

app = create_app()
# What is loaded by now stays: looking through all of it again and again for rubbish took a quarter of the time of a
# batch of awards, and a tenth of a second at once.
gc.freeze()

"""gunicorn's settings: `gunicorn -c deploy/gunicorn.conf.py`.

Signals to the master process: TERM ends it once pending requests are answered. HUP
reads this file again and replaces the workers gracefully; no request is lost. It does
not load new code, as the master has preloaded it (`preload_app`). To switch to new code
without downtime, start a second gunicorn with USR2, and then end the first with TERM.
"""

import gc
import multiprocessing
import os

wsgi_app = "config.wsgi"
bind = os.environ.get("GUNICORN_BIND", "127.0.0.1:8000")

# Threads keep a slow database or cache from blocking a whole worker.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", multiprocessing.cpu_count()))
threads = int(os.environ.get("GUNICORN_THREADS", 4))

# The code is loaded once, and its memory shared by the workers.
preload_app = True

# Restarts keep small memory leaks from adding up; the jitter spreads the restarts.
max_requests = 10_000
max_requests_jitter = 1_000

# Seconds: for a worker without a heartbeat; for pending requests when a worker stops;
# and for an idle connection, longer than a web server in front keeps it open, so that
# none is closed while a request is on its way.
timeout = 30
graceful_timeout = 30
keepalive = 75

# The heartbeat is a file. On a disk, which may be slow, it could come too late.
if os.access("/dev/shm", os.W_OK):
    worker_tmp_dir = "/dev/shm"

# All sites of one system user would share the socket.
control_socket_disable = True

# The statsd server to send metrics to, as host:port; without one, none are sent.
statsd_host = os.environ.get("STATSD_HOST")

# Requests go to stdout, all else to stderr.
accesslog = "-"
if os.environ.get("LOG_FORMAT", "json") == "json":
    logger_class = "config.logs.GunicornLogger"


def when_ready(server):
    """Prepare what workers share, and warn if other machines cannot serve the site."""
    from django.conf import settings  # set up by now, with the rest of the site
    from django.urls import get_resolver

    # Loaded before the fork, the views are in memory that the workers share; and what
    # the garbage collector does not touch stays shared.
    get_resolver().url_patterns  # noqa: B018
    gc.freeze()
    if settings.SESSION_ENGINE.endswith(".file"):
        server.log.warning("sessions are in files: no other machine has them")
    if settings.DATABASES["default"]["ENGINE"].endswith(".sqlite3"):
        server.log.warning("the database is a file: no other machine has it")

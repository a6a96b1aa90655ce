"""gunicorn's settings: `gunicorn -c deploy/gunicorn.conf.py`."""

import multiprocessing
import os

wsgi_app = "config.wsgi"
bind = os.environ.get("GUNICORN_BIND", "127.0.0.1:8000")

# Threads keep one slow database or cache from stopping a whole worker.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", multiprocessing.cpu_count()))
threads = int(os.environ.get("GUNICORN_THREADS", 4))

# A little memory that leaks does not add up; the jitter spreads the restarts.
max_requests = 10_000
max_requests_jitter = 1_000

# All sites of one system user would share its socket.
control_socket_disable = True

accesslog = "-"

"""How the site is served: gunicorn reads this file by itself."""

import os
import sys
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")

from chatsite import settings
from chatsite.serving import announce, begin_work, refuse_strangers, refuse_taken
from watching import processes

worker_class = "asgi"
workers = settings.WEB_CONCURRENCY
bind = settings.ADDRESS
graceful_timeout = 25
keepalive = 75
loglevel = "warning"
logconfig_dict = settings.LOGGING
reload = settings.DEBUG
# In memory: a disk that is busy, or read-only, holds up no sign of life.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
# It would be made in the home directory, which not every machine has.
control_socket_disable = True
# Its own worker is told below what it would tell the application.
asgi_lifespan = "off"


def on_starting(server: Any) -> None:
    refuse_strangers(server)
    refuse_taken(server)
    processes.share(server)


when_ready = announce
post_worker_init = begin_work
child_exit = processes.forget
on_exit = processes.clear

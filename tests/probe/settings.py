"""A baked site's settings, with the probe's URLconf."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "probe.urls"

"""A simulated cluster and the exporter beside it, begun and ended as one: everything there is, without a cluster.

The cluster is another process (``cluster``), the exporter is this one: whoever calls ``run`` brings it along.
"""

from exporter.demo.cluster import Ended
from exporter.demo.options import GROUP, OPTIONS, PURPOSE, SETTINGS, Options, settings_of
from exporter.demo.run import Serve, run
from exporter.demo.voices import speak_up

__all__ = ["GROUP", "OPTIONS", "PURPOSE", "SETTINGS", "Ended", "Options", "Serve", "run", "settings_of", "speak_up"]

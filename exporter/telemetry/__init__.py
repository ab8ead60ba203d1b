"""The exporter about itself: each room's statistics turned into metric families.

The rooms count with plain numbers and know no metric; this room alone knows what the numbers are called. One file for
each thing that is told about: where an informer stands (``standing``), what passed between it and the API server
(``traffic``), what it holds and hands on (``cache``), and the process around it (``process``).
"""

from exporter.telemetry.exposition import FAMILIES, Exposition, Watched
from exporter.telemetry.process import Configuration

__all__ = ["FAMILIES", "Configuration", "Exposition", "Watched"]

"""What the rows of the exporter's health stand on: what its variables narrow, and words for 0 and 1."""

from dashboards.colours import BAD, GOOD
from dashboards.frame import page, scope_of

UID = "argowf-exporter"

IN = scope_of()
YES = {"0": ("no", BAD), "1": ("yes", GOOD)}
EACH = "{{instance}} {{resource}}"
LIVE = (("Informers, live", page("informers")),)

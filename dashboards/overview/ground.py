"""What the rows of the overview stand on: what its variables narrow, and where clicks lead."""

from dashboards.about import Limits
from dashboards.frame import LABELS, NAMESPACE, page, scope_of, to

UID = "argowf-overview"
TEMPLATES, CRONS, HEALTH = "argowf-templates", "argowf-cronworkflows", "argowf-exporter"

IN = scope_of(NAMESPACE)
COMPLETIONS = "argowf_workflow_completions_total"
SHARE = Limits(warn=0.05, bad=0.25)
"""Of failures, among what ended."""
TO_NAMESPACE = ("Templates of this namespace", to(TEMPLATES, namespace=LABELS["namespace"]))
TO_FAILURES = ("Failed workflows", page("failures", namespace=LABELS["namespace"]))
TO_WAITING = ("Waiting workflows", page("waiting", namespace=LABELS["namespace"]))
TO_RUNNING = ("Running workflows", page("running", namespace=LABELS["namespace"]))

"""Recording rules and alerts: one source, in the forms that Prometheus and its operator read."""

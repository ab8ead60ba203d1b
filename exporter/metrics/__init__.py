"""Numbers for Prometheus. No Kubernetes verb enters, and no socket."""

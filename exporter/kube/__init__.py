"""Talk to a Kubernetes API server. Nothing enters that knows what an object means."""

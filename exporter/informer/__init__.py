"""Keep the store equal to the cluster. Nothing enters that knows what a metric or a workflow is."""

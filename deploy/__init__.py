"""What runs informer-exporter, and what watches it, as files to deploy."""

"""Field selectors."""

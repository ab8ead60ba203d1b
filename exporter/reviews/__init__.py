"""Asks the API server who callers are and what they may do, and remembers its answers for a while."""

from exporter.reviews.reviews import Asking, Reviews, ReviewStatistics

__all__ = ["Asking", "ReviewStatistics", "Reviews"]

"""What must outlive the process so that every completion counts exactly once, kept in one small file.

The totals begin at 0 with each process. What the checkpoint adds is a memory of the objects that were not settled when
it was written: the next process compares them with what it finds, and counts what happened in between. How the file is
written down is in ``form``, where it lies and how it is replaced in ``place``, when and with what in ``checkpoint``.
"""

from exporter.checkpoint.checkpoint import Books, Checkpoint, CheckpointStatistics
from exporter.checkpoint.form import Identity, Trouble
from exporter.checkpoint.place import check

__all__ = ["Books", "Checkpoint", "CheckpointStatistics", "Identity", "Trouble", "check"]

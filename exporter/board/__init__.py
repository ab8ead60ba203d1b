"""What people look at beside the totals: who waits, who runs, who failed, what happened to one, how it went over time.

No socket and no clock enters; a board and a diary hear the deltas that everybody hears, and answer from memory.
"""

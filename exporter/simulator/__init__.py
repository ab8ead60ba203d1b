"""A Kubernetes API server small enough to ship: objects in memory, a real socket, and a seeded world that lives in it.

It imports no other room of ``exporter``: what it is used to test must not share a bug with it.

- ``resources``  the kinds it serves
- ``history``    the objects, one change for each version, and what is gone; ``frames`` are how watches tell it
- ``api``        what is asked and answered, as a real API server words it
- ``server``     the socket, and the ways to misbehave; ``streaming`` sends watches, ``sweeping`` ends deletions
- ``scenario``   seeded lives of workflows
- ``faults``     misbehaviour on a schedule
- ``replay``     prepared pages and frames, at the speed of the wire
"""

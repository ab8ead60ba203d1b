"""informer-exporter reads a cluster once and answers everything else from memory.

Two sentences hold the whole program::

    bytes come in from the API server -> deltas -> store and indexes -> handlers -> totals -> /metrics
    a key comes in over HTTP          -> store  -> the object's bytes go out

Each arrow is a wall between two rooms, and the rooms are the folders beside this file:

- ``kube``      talks to a Kubernetes API server: bytes in, frames out; the only room that dials
- ``store``     the cache: compressed objects by key, indexes over them, one writer
- ``informer``  keeps the store equal to the cluster: list, watch, recover
- ``metrics``   numbers for Prometheus: families, totals, text; knows no Kubernetes verbs
- ``kinds``     what each watched kind means; one file for each kind, pure functions
- ``web``       what is answered over HTTP: scrapes, lookups, probes
- ``config``, ``telemetry``, ``app``, ``cli``  settings, the exporter about itself, the wiring, the commands
- ``library``   the informer for programs of your own, beside ``app``: any resource, in ten lines
- ``audit``     compares the totals with the cache, and puts right what has drifted
- ``logs``, ``memory``, ``streams``  one line for each event, a small heap, output that may be closed
- ``tally``     counts by size that any room may keep, below all others

Imports go one way (import-linter keeps it; read ``a -> b`` as "a may import b")::

    cli -> app | library -> telemetry | audit | config | logs | memory | streams -> web | kinds -> metrics | informer
        -> store -> kube -> tally

The process is one event loop. A ``def`` never blocks (or says *Blocks*, and is called in a thread), an ``async
def`` may; every change of state is a plain ``def``, so nothing between two awaits can be torn and there are no locks.
"""

__version__ = "0.1.0"

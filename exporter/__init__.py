"""informer-exporter reads a cluster once and answers everything else from memory.

Two sentences hold the whole program::

    bytes come in from the API server -> deltas -> store and indexes -> handlers -> totals -> /metrics
    a key comes in over HTTP          -> store  -> the object's bytes go out

Each arrow is a wall between two rooms, and the rooms are the folders beside this file:

- ``kube``      talks to a Kubernetes API server: bytes in, frames out; the only room that dials
- ``store``     the cache: compressed objects by key, indexes over them, one writer
- ``informer``  keeps the store equal to the cluster: list, watch, recover
- ``metrics``   numbers for Prometheus: families, totals, text; knows no Kubernetes verbs
- ``board``     what the live page needs beside the cache: orders, a diary, numbers over time
- ``kinds``     what each watched kind means; one file or folder for each kind, pure functions
- ``web``       what is answered over HTTP: scrapes, lookups, probes, the live page
- ``config``, ``telemetry``, ``app``, ``cli``  settings, the exporter about itself, the wiring, the commands
- ``chosen``, ``kept``, ``shown``  the kinds that are chosen, each as the program keeps it, and what the page shows
- ``checkpoint``  what must outlive the process so that every completion counts once
- ``webconfig`` TLS, client certificates and users, read again when their files change
- ``reviews``   asks the API server who callers are and what they may do
- ``reference``  the page of all families, with a query each
- ``rbac``      the least rights that the settings need
- ``library``   the informer for programs of your own, beside ``app``: any resource, in ten lines
- ``audit``     compares the totals with the cache, and puts right what has drifted
- ``simulator``  a Kubernetes API server with a company's workflows in it; shares nothing with the rest
- ``demo``, ``progress``  the simulator and the exporter as one command, and how far the first list is
- ``stopping``  the signals that end the program, and work that gives way to them
- ``logs``, ``memory``, ``streams``, ``stopping``  one line for each event, a small heap, output that may be closed,
  work that ends when told
- ``tally``     counts by size that any room may keep, below all others

Imports go one way (import-linter keeps it; read ``a -> b`` as "a may import b")::

    cli -> demo -> app | library | simulator | reference | rbac -> shown -> kept | chosen | progress | stopping
        -> telemetry | audit | config | logs | memory | streams -> checkpoint | reviews | webconfig -> web | kinds
        -> metrics | informer | board -> store -> kube -> tally

The process is one event loop. A ``def`` never blocks (or says *Blocks*, and is called in a thread), an ``async
def`` may; every change of state is a plain ``def``, so nothing between two awaits can be torn and there are no locks.
"""

__version__ = "0.1.0"

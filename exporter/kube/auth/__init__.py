"""Who we are to an API server, and how its door is opened: credentials that stay fresh.

``find_credentials`` looks for a kubeconfig or a pod's service account; the ``Credentials`` it gives answer, before
each request, with an ``Access``: the address, the TLS context and the headers to use now. Files are read again when
they change, and tokens of plugins are renewed before they expire.
"""

from exporter.kube.auth.access import Access, Source
from exporter.kube.auth.credentials import Credentials
from exporter.kube.auth.sources import InCluster, Kubeconfig, find_credentials

__all__ = ["Access", "Credentials", "InCluster", "Kubeconfig", "Source", "find_credentials"]

"""Kubeconfig files for tests."""

from pathlib import Path
from typing import Any

import yaml

from exporter.kube.auth import Kubeconfig

SERVER = "https://192.0.2.1:6443"


def document(user: dict[str, Any] | None = None, **cluster: Any) -> dict[str, Any]:
    """Make a kubeconfig of one context, ``dev``."""
    named = {name.replace("_", "-"): value for name, value in cluster.items()}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "dev",
        "contexts": [{"name": "dev", "context": {"cluster": "here", "user": "me"}}],
        "clusters": [{"name": "here", "cluster": {"server": SERVER} | named}],
        "users": [{"name": "me", "user": user or {}}],
    }


def write(folder: Path, user: dict[str, Any] | None = None, **cluster: Any) -> Path:
    """Write one into a folder."""
    path = folder / "config"
    path.write_text(yaml.safe_dump(document(user, **cluster)))
    return path


def source(path: Path, environ: dict[str, str] | None = None, **options: Any) -> Kubeconfig:
    """Make the source that reads one."""
    return Kubeconfig((str(path),), environ=environ or {}, **options)

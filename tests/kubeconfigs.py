"""A kubeconfig for a server on loopback that asks nobody who they are."""

import json
from pathlib import Path


def write(folder: Path, url: str) -> Path:
    """Write one into a folder."""
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "here", "cluster": {"server": url}}],
        "users": [{"name": "nobody", "user": {}}],
        "contexts": [{"name": "here", "context": {"cluster": "here", "user": "nobody"}}],
        "current-context": "here",
    }
    path = folder / "kubeconfig"
    path.write_text(json.dumps(document))
    return path

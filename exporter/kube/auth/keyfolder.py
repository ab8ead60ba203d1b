"""A private folder for key material that a library wants to read from files."""

import base64
import binascii
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from exporter.kube.errors import Misconfigured


class KeyFolder:
    """A folder that only we may enter; made when something is first put into it, removed on leaving."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._stack = ExitStack()
        self._folder: Path | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def keep(self, name: str, content: bytes) -> str:
        """Write a file, give its path.

        Raises:
            Misconfigured: no folder for temporary files can be written.
        """
        try:
            if self._folder is None:
                self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="informer-exporter-")))
            path = self._folder / name
            path.write_bytes(content)
        except OSError as error:
            raise Misconfigured(f"{self._source}: no place for its {name}: {error.strerror}") from error
        return str(path)

    def keep_decoded(self, name: str, data: str) -> str:
        """Write a file from the base64 of a kubeconfig's ``...-data`` field, give its path.

        Raises:
            Misconfigured: it is not base64, or no folder for temporary files can be written.
        """
        try:
            content = base64.b64decode("".join(data.split()), validate=True)
        except (binascii.Error, ValueError):
            raise Misconfigured(f"{self._source}: {name}-data is not base64") from None
        return self.keep(name, content)

"""The YAML file: keys nested at their dots, or written whole.

``web: {telemetry-path: /m}`` says the same as ``web.telemetry-path: /m``. Values are read as the text that stands in
the file, by the same rules as flags. Whatever is wrong is told with its line.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import yaml

from exporter.config.setting import Setting
from exporter.config.spelling import suggestion
from exporter.config.values import ConfigError

SIZE_LIMIT = 1024 * 1024
NULL = "tag:yaml.org,2002:null"


class Given(msgspec.Struct, frozen=True):
    """What was written for a setting, and where."""

    texts: tuple[str, ...]
    where: str


def read_document(path: str, settings: Mapping[str, Setting]) -> dict[str, Given]:
    """The settings that a file gives, by name.

    Raises:
        ConfigError: the file cannot be read, is not YAML, or holds what is no setting.
    """
    text = _read(path)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}{_line_of(error)}: not YAML: {_problem_of(error)}") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: not YAML: nested too deeply") from error
    if root is None or root.tag == NULL:
        return {}
    if not isinstance(root, yaml.MappingNode):
        raise ConfigError(f"{_place(path, root)}: expected keys and values")
    return dict(_Walk(path, settings).settings(root))


class _Walk:
    def __init__(self, path: str, settings: Mapping[str, Setting]) -> None:
        self._path = path
        self._settings = settings
        self._seen: dict[str, str] = {}

    def settings(self, mapping: yaml.MappingNode, above: str = "") -> Iterator[tuple[str, Given]]:
        """Every setting below a mapping."""
        for key, value in mapping.value:
            where = _place(self._path, key)
            if not isinstance(key, yaml.ScalarNode):
                raise ConfigError(f"{where}: a key must be a plain text")
            name = above + key.value
            if name in self._settings:
                yield name, self._given(self._settings[name], value, where)
            elif not any(known.startswith(f"{name}.") for known in self._settings):
                raise ConfigError(f"{where}: unknown key {name!r}{suggestion(name, self._settings)}")
            elif isinstance(value, yaml.MappingNode):
                yield from self.settings(value, f"{name}.")
            else:
                raise ConfigError(f"{where}: {name}: expected keys and values below it")

    def _given(self, setting: Setting, value: yaml.Node, where: str) -> Given:
        name = setting.name
        if name in self._seen:
            raise ConfigError(f"{where}: {name} is given twice, first at {self._seen[name]}")
        self._seen[name] = where
        where = f"{_place(self._path, value)}: {name}"
        if isinstance(value, yaml.SequenceNode) and setting.many:
            return Given(tuple(_scalar(item, f"{_place(self._path, item)}: {name}") for item in value.value), where)
        return Given((_scalar(value, where),), where)


def _scalar(node: yaml.Node, where: str) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise ConfigError(f"{where}: expected a single value")
    if node.tag == NULL:
        raise ConfigError(f'{where}: there is no value; write "" for an empty one')
    return str(node.value)


def _read(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            content = file.read(SIZE_LIMIT + 1)
        if len(content) > SIZE_LIMIT:
            raise ConfigError(f"{path}: larger than {SIZE_LIMIT} bytes")
        return content.decode()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{path}: not a text in UTF-8") from error


def _place(path: str, node: yaml.Node) -> str:
    return f"{path}, line {node.start_mark.line + 1}"


def _line_of(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f", line {mark.line + 1}" if mark else ""


def _problem_of(error: yaml.YAMLError) -> str:
    return " ".join(str(getattr(error, "problem", None) or error).split())

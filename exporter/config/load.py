"""Puts flags, environment, file and defaults together, and checks the whole."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from exporter.config.document import Given, read_document
from exporter.config.setting import PREFIX, Setting
from exporter.config.settings import TABLE, Settings
from exporter.config.spelling import suggestion
from exporter.config.values import ConfigError

CONFIG_FILE = "config.file"

# For every Service, Kubernetes gives the pods of its namespace variables such as INFORMER_EXPORTER_SERVICE_HOST and
# INFORMER_EXPORTER_PORT_9798_TCP_ADDR. A Service called informer-exporter (or informer-exporter-lookup) is likely.
_INJECTED = re.compile(
    PREFIX + r"(?:[A-Z0-9_]+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?"
    r"|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)"
)


def load(flags: Mapping[str, Sequence[str]], environment: Mapping[str, str]) -> Settings:
    """The settings in force.

    ``flags`` holds what was given on the command line, by the setting's name, once for each time it was given.

    Raises:
        ConfigError: something given cannot be used; what is given wins or fails, and is never passed over.
    """
    given = _given(flags, environment)
    settings = Settings(**{setting.field: _value(setting, given.get(setting.name)) for setting in TABLE})
    if not settings.web_listen_address:
        raise ConfigError(f"{given['web.listen-address'].where}: at least one address is needed")
    return settings


def named(flags: Mapping[str, Sequence[str]], environment: Mapping[str, str]) -> frozenset[str]:
    """The names of the settings that were given at all, whatever their values: the others are at their defaults.

    Raises:
        ConfigError: as ``load``.
    """
    return frozenset(_given(flags, environment))


def values(table: Iterable[Setting], flags: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The values of settings that are flags alone, by their fields.

    Raises:
        ConfigError: something given cannot be used.
    """
    known = {setting.name: setting for setting in table}
    given = _from_flags(flags, known)
    return {setting.field: _value(setting, given.get(name)) for name, setting in known.items()}


def _given(flags: Mapping[str, Sequence[str]], environment: Mapping[str, str]) -> dict[str, Given]:
    given = _from_environment(environment) | _from_flags(flags, _BY_NAME)
    if CONFIG_FILE not in given:
        return given
    path = str(_value(_BY_NAME[CONFIG_FILE], given[CONFIG_FILE]))
    return (read_document(path, _IN_FILE) if path else {}) | given


def _from_flags(flags: Mapping[str, Sequence[str]], table: Mapping[str, Setting]) -> dict[str, Given]:
    found = {}
    for name, texts in flags.items():
        if len(texts) > 1 and not table[name].many:
            raise ConfigError(f"--{name} is given {len(texts)} times")
        found[name] = Given(tuple(texts), f"--{name}")
    return found


def _from_environment(environment: Mapping[str, str]) -> dict[str, Given]:
    found = {}
    for variable, text in environment.items():
        if not variable.startswith(PREFIX):
            continue
        if variable in _BY_VARIABLE:
            found[_BY_VARIABLE[variable].name] = Given((text,), variable)
        elif not _INJECTED.fullmatch(variable):
            raise ConfigError(f"unknown environment variable {variable}{suggestion(variable, _BY_VARIABLE)}")
    return found


def _value(setting: Setting, given: Given | None) -> Any:
    given = given or Given((setting.default,), f"the default of {setting.name}")
    try:
        if not setting.many:
            return setting.kind.parse(given.texts[0])
        items = (item.strip() for text in given.texts for item in text.split(","))
        return tuple(dict.fromkeys(setting.kind.parse(item) for item in items if item))
    except ValueError as error:
        raise ConfigError(f"{given.where}: {error}") from error


_BY_NAME = {setting.name: setting for setting in TABLE}
_BY_VARIABLE = {setting.variable: setting for setting in TABLE}
_IN_FILE = {name: setting for name, setting in _BY_NAME.items() if name != CONFIG_FILE}

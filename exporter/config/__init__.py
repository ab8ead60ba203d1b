"""What a user can choose, and where it is read: flags, environment, one YAML file, defaults. Nobody else reads these.

A flag beats the environment, the environment beats the file, the file beats the default. Each setting is declared
once, in ``settings``; flags, variables, keys of the file, ``--help`` and ``docs/flags.md`` all follow from there.
"""

from exporter.config.load import load, named, values
from exporter.config.setting import Setting
from exporter.config.settings import TABLE, Settings
from exporter.config.show import fingerprint
from exporter.config.values import ConfigError

__all__ = ["TABLE", "ConfigError", "Setting", "Settings", "fingerprint", "load", "named", "values"]

"""Who may come in, and over what: the file that ``--web.config.file`` names, in the form of Prometheus' exporters."""

from exporter.webconfig.door import Door
from exporter.webconfig.form import WebConfig, WebConfigError, load
from exporter.webconfig.users import Users

__all__ = ["Door", "Users", "WebConfig", "WebConfigError", "load"]

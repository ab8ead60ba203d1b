"""``python -m exporter.config`` prints the reference of all settings."""

import sys

from exporter.config.show import as_markdown

if __name__ == "__main__":
    sys.stdout.write(as_markdown())

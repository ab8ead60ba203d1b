"""Every benchmark, one after the other: ``python -m benchmarks [NAME ...] [--json]``.

Each is a module of its own with the same ``--json``; its docstring says what is measured. Timings are reported here
and asserted nowhere.
"""

import subprocess
import sys

NAMES = (
    "churn",
    "codec",
    "firstpaint",
    "ledger",
    "lists",
    "lookup",
    "order",
    "page",
    "pipeline",
    "replay",
    "sync",
    "world",
)


def main(arguments: list[str]) -> int:
    """Run those named, or all; give the exit code of the first that failed."""
    options = [argument for argument in arguments if argument.startswith("-")]
    names = [argument for argument in arguments if not argument.startswith("-")] or list(NAMES)
    strangers = [name for name in names if name not in NAMES]
    if strangers:
        print(f"no benchmark named {strangers[0]}; there are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    for name in names:
        print(f"== {name}", file=sys.stderr, flush=True)
        code = subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *options], check=False).returncode
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What a demo tells people: what it simulates, what there is to open, what will go wrong."""

import time
from collections.abc import Sequence

from exporter.config import Settings
from exporter.demo.options import Options
from exporter.simulator.faults import Schedule
from exporter.web.address import Address
from exporter.web.page.sources import Drill, Fault


def about(options: Options) -> str:
    """What is simulated, in a sentence."""
    faults = f" Faults: {', '.join(options.faults)}." if options.faults else ""
    troubles = f" Troubles: {', '.join(options.troubles)}." if options.troubles else ""
    held = (
        ""
        if not options.is_crowded
        else (
            f" That is more than may run, so submissions are held back once {options.workflows // 2:,} are open: fewer "
            "come each second."
        )
    )
    return (
        f"A simulated cluster: {options.workflows:,} workflows in {options.namespaces:,} namespaces, {options.rate:g} "
        f"more each second, {options.speed:g} times as fast as in earnest.{held}{faults}{troubles}"
    )


def announcement(settings: Settings, addresses: Sequence[Address], cluster: str) -> str:
    """What there is to open or to paste, for people; ``cluster`` is where the simulated API server is."""
    base = _url(addresses[0])
    lines = [("page", f"{base}/"), ("metrics", f"{base}{settings.web_telemetry_path}")]
    if settings.lookup:
        lines.append(("kubectl", f"kubectl --server={base} get workflows -A"))
    lines.append(("cluster", f"kubectl --server={cluster} get workflows -A --watch"))
    shown = "".join(f"  {name:9}{what}\n" for name, what in lines)
    return f"\n{shown}\nCtrl-C ends it.\n"


def drill(schedule: Schedule, speed: float, described: str) -> Drill:
    """What the page shows of the faults to come, and of the cluster."""
    faults = tuple(Fault(one.fault, one.about, one.begins, one.ends) for one in schedule.upcoming(time.time()))
    return Drill(faults, speed, described)


def _url(address: Address) -> str:
    everywhere = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound here
    return f"http://{Address(everywhere.get(address.host, address.host), address.port)}"

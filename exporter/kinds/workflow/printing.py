"""What ``kubectl get workflows`` prints of a workflow beside its name."""

from exporter.kube.objects import PrinterColumn


def _column(name: str, type_: str, *path: str, format_: str = "") -> PrinterColumn:
    # An API server describes a column in these words when the definition of the resource does not.
    description = f"Custom resource definition column (in JSONPath format): .{'.'.join(path)}"
    return PrinterColumn(name, type_, path, format_, description)


# Those of Argo's own definition: a workflow is as old as its attempt, so one that has not begun has no age.
PRINTER_COLUMNS = (
    _column("Status", "string", "status", "phase"),
    _column("Age", "date", "status", "startedAt", format_="date-time"),
    _column("Message", "string", "status", "message"),
)

"""What ``kubectl get workflows`` prints of a workflow beside its name."""

from exporter.kube.objects import PrinterColumn


def _column(name: str, type_: str, *path: str) -> PrinterColumn:
    # An API server describes a column in these words when the definition of the resource does not.
    description = f"Custom resource definition column (in JSONPath format): .{'.'.join(path)}"
    return PrinterColumn(name, type_, path, description=description)


PRINTER_COLUMNS = (
    _column("Status", "string", "status", "phase"),
    _column("Age", "date", "metadata", "creationTimestamp"),
    _column("Message", "string", "status", "message"),
)

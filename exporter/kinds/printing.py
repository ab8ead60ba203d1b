"""What is printed of kinds whose definitions name no columns."""

from exporter.kube.objects import PrinterColumn

# An API server describes the moment of creation in these words, and shows it where a definition names no columns.
_CREATED = (
    "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed "
    "to be set in happens-before order across separate operations. Clients may not set this value. It is represented "
    "in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: "
    "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata"
)
AGE = PrinterColumn("Age", "date", ("metadata", "creationTimestamp"), description=_CREATED)

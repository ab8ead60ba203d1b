"""Every way in which the simulator's answers differ from a real API server's, and why; there is no other.

What is not needed any more fails a test.
"""

from tests.simulator.recordings.sameness import Allowance

WORKFLOWS = "/apis/argoproj.io/v1alpha1/namespaces/red/workflows"

ALLOWANCES = (
    *(
        Allowance("GET /version", f"body.{name}", "it is no build of Kubernetes, and its version says so")
        for name in ("gitVersion", "gitCommit", "goVersion", "compiler", "platform")
    ),
    Allowance("GET /api", "body.serverAddressByClientCIDRs", "it does not know by which address it is reached"),
    Allowance(
        "GET /api", "body.items.0.versions.0.resources.0.subresources", "namespaces end at once: nothing is finalized"
    ),
    Allowance(f"POST {WORKFLOWS}", "headers.warning", "it has no schemas, so no field is unknown", "bad-bodies"),
    Allowance(f"PATCH {WORKFLOWS}/a", "headers.warning", "it has no schemas, so no field is unknown", "wrong-types"),
    Allowance(
        f"POST {WORKFLOWS}?dryRun=All&fieldValidation=Strict", "*", "it does not look for fields given twice", "kubectl"
    ),
    Allowance(f"PATCH {WORKFLOWS}/a?force=true", "*", "server-side apply is not offered", "bad-patches"),
    Allowance(f"POST {WORKFLOWS}?dryRun=All", "*", "JSON is the only format that it reads", "encodings"),
    *(
        Allowance(
            f"GET {WORKFLOWS}*large", f"headers.{name}", "it compresses nothing: it is made for loopback", "encodings"
        )
        for name in ("content-encoding", "vary")
    ),
    Allowance(f"NONSENSE {WORKFLOWS}", "*", "a method that HTTP does not have never gets past its HTTP library"),
)

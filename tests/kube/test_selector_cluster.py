"""Our verdict on label selectors and that of a real API server are one."""

from urllib.parse import urlencode

import pytest

from exporter.kube.selector import BadSelector, parse
from tests.controlplane.admin import Refused
from tests.controlplane.argo import WORKFLOWS
from tests.controlplane.cluster import Cluster

LONG = "a" * 64

SELECTORS = (
    *("", "  ", "a", "!a", " ! a ", "a,b", "a , !b", "a=b", "a==b", "a!=b", " a = b ", "a\t=\nb", "a=", "a==", "a!="),
    *(
        "a=,b",
        "a=1",
        "a=in",
        "in",
        "in=in",
        "in in (in)",
        "notin notin (notin)",
        "a in (b)",
        "a in(b,c)",
        "a notin (b)",
    ),
    *("a in ()", "a in (,)", "a in (b,,c)", "a in (,b)", "a in (b,)", "a notin (),b", "example.com/a in (b),!c"),
    *("a>1", "a < 9223372036854775807", "a>007", "a.b-c_d=E.f_G-h", f"{LONG}/a", f"{'b' * 253}/a=c", "a=b,a=c"),
)
MALFORMED = (
    *(",", "a,", ",a", "a,,b", "!", "!!a", "! in ()", "!a=b", "!a in (b)", "=", "=b", "==b", "!=b", "a b", "a b c"),
    *("a=b=c", "a===b", "a=!b", "a!b", "a! =b", "a = b c", "a=b c=d", "a=(b)", "a=)", "(a)", "a(b)", "a in", "a in b"),
    *("a in (", "a in (b", "a in (b c)", "a in (b))", "a in (b)c", "a in (b=c)", "a in (!b)", "a in ((b))", "a In (b)"),
    *("a>", "a>b", "a>1.5", "a>-1", "a>+1", "a>9223372036854775808", "a>=1", "a<>1", "a><1"),
    *(
        "-a",
        "a-",
        "_a=b",
        "a=-b",
        "a=b-",
        "a=b/c",
        "a/b/c",
        "/a",
        "a/",
        "A.com/a",
        "a..b/c",
        "a=ä",
        "ä",
        "a=b;c",
        "a='b'",
    ),
    *(LONG, f"a={LONG}", f"a in ({LONG})", f"{'b' * 254}/a", "a\u00a0=b"),
)


def is_accepted(cluster: Cluster, selector: str) -> bool:
    """Ask the API server for the workflows that a selector selects."""
    query = urlencode({"labelSelector": selector, "limit": 1})
    try:
        cluster.admin.send("GET", f"{WORKFLOWS.path()}?{query}")
    except Refused as refusal:
        if refusal.code != 400:
            raise
        return False
    return True


def is_understood(selector: str) -> bool:
    try:
        parse(selector)
    except BadSelector:
        return False
    return True


@pytest.mark.parametrize(("selectors", "verdict"), [(SELECTORS, True), (MALFORMED, False)], ids=["good", "malformed"])
def test_what_the_api_server_accepts_is_what_is_understood(
    control_plane: Cluster, selectors: tuple[str, ...], verdict: bool
) -> None:
    assert [one for one in selectors if is_understood(one) is not verdict] == []
    assert [one for one in selectors if is_accepted(control_plane, one) is not verdict] == []

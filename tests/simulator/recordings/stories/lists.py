"""Stories about lists: pages, selectors, versions."""

from urllib.parse import quote

from tests.simulator.recordings.stories.things import BLUE, EMPTY, EVERYWHERE, RED, VERSION, few, workflow
from tests.simulator.recordings.story import Forget, Story, delete, get, patch, post

LABELS = (
    *("team=x", "team==x", "team!=x", "team in (x,y)", "team notin (x)", "team", "!team", "n>1", "n<3", "team=x,n=2"),
    *("team=", "never", " team = x ", "team in (", "=x", "team=x=y", "a b", "n>x", "team in ()", ",", "a=" + "b" * 64),
)
FIELDS = (
    *("metadata.name=a", "metadata.name!=a", "metadata.namespace=red", "metadata.name=a,metadata.namespace=blue"),
    *("metadata.name=never", "status.phase=Running", "metadata.name", "nonsense", "metadata.uid=x", "metadata.name=a,"),
)
LIMITS = ("0", "1", "7", "8", "-1", "abc", "", "9223372036854775808")
VERSIONS = ("0", "1", "abc", "-1", "99999999999999")

LISTS = (
    Story(
        "lists",
        "Lists of a namespace, of all, of none.",
        (
            *few(),
            get(RED),
            get(EVERYWHERE),
            get(EMPTY),
            get(f"{VERSION}/namespaces/never/workflows"),
            get(f"{EVERYWHERE}?resourceVersion=0"),
            get(f"{RED}?foo=bar"),
            get(f"{RED}?pretty=maybe"),
            get(f"{RED}?watch=false&limit=1"),
            get(f"{RED}?timeoutSeconds=abc"),
            get(f"{RED}?timeoutSeconds=5"),
            get(f"{RED}?sendInitialEvents=true"),
            get(f"{RED}?allowWatchBookmarks=true&limit=1"),
        ),
    ),
    Story(
        "pages",
        "Pages from the first to the last, while the world goes on, and tokens that are none.",
        (
            *few(),
            get(f"{EVERYWHERE}?limit=3", name="page"),
            get(f"{EVERYWHERE}?limit=3&continue=<page:metadata.continue>", name="next"),
            get(f"{EVERYWHERE}?limit=3&continue=<next:metadata.continue>"),
            get(f"{RED}?limit=2", name="first"),
            post(RED, workflow("cc")),
            patch(f"{RED}/d", {"status": {"phase": "Failed"}}),
            delete(f"{RED}/e"),
            get(f"{RED}?limit=2&continue=<first:metadata.continue>", name="second"),
            get(f"{RED}?limit=2&continue=<second:metadata.continue>"),
            get(f"{RED}?continue=<first:metadata.continue>"),
            get(f"{RED}?limit=5", name="whole"),
            get(f"{EVERYWHERE}?limit=1&labelSelector=team%3Dx", name="selected"),
            get(f"{EVERYWHERE}?limit=1&labelSelector=team%3Dx&continue=<selected:metadata.continue>"),
            get(f"{EVERYWHERE}?limit=2&fieldSelector=metadata.name%3Da"),
            get(f"{EVERYWHERE}?limit=1&fieldSelector=metadata.name%3Da"),
            *(get(f"{RED}?limit={limit}") for limit in LIMITS),
            get(f"{RED}?limit=2&resourceVersion=0"),
            get(f"{RED}?limit=2&continue=nonsense"),
            get(f"{RED}?limit=2&continue=e30"),
            get(f"{RED}?limit=2&continue=<first:metadata.continue>&resourceVersion=0"),
            get(f"{RED}?limit=2&continue=<first:metadata.continue>&resourceVersion=5"),
            get(f"{BLUE}?limit=2&continue=<first:metadata.continue>"),
            get(f"{RED}?limit=2&continue=<first:metadata.continue>&resourceVersionMatch=Exact"),
        ),
    ),
    Story(
        "label-selectors",
        "Label selectors, good and bad.",
        (*few(), *(get(f"{EVERYWHERE}?labelSelector={quote(text)}") for text in LABELS)),
    ),
    Story(
        "field-selectors",
        "Field selectors, good and bad.",
        (*few(), *(get(f"{EVERYWHERE}?fieldSelector={quote(text)}") for text in FIELDS)),
    ),
    Story(
        "versions",
        "Lists of a version: any, not older, exact, one that is still to come.",
        (
            *few(),
            get(EVERYWHERE, name="before"),
            post(RED, workflow("later", "Running"), name="later"),
            delete(f"{RED}/a"),
            get(EVERYWHERE),
            *(get(f"{RED}?timeoutSeconds=1&resourceVersion={version}") for version in VERSIONS),
            *(
                get(f"{RED}?timeoutSeconds=1&resourceVersion={version}&resourceVersionMatch=NotOlderThan")
                for version in VERSIONS
            ),
            get(f"{EVERYWHERE}?resourceVersion=<before:metadata.resourceVersion>&resourceVersionMatch=Exact"),
            get(f"{EVERYWHERE}?resourceVersion=<later:metadata.resourceVersion>&resourceVersionMatch=Exact"),
            get(
                f"{EVERYWHERE}?limit=2&resourceVersion=<before:metadata.resourceVersion>&resourceVersionMatch=Exact",
                name="page",
            ),
            get(f"{EVERYWHERE}?limit=2&continue=<page:metadata.continue>"),
            get(f"{EVERYWHERE}?limit=2&resourceVersion=<before:metadata.resourceVersion>"),
            get(f"{RED}?resourceVersion=0&resourceVersionMatch=Exact"),
            get(f"{RED}?resourceVersion=abc&resourceVersionMatch=Exact"),
            get(f"{RED}?timeoutSeconds=1&resourceVersion=99999999999999&resourceVersionMatch=Exact"),
            get(f"{RED}?resourceVersionMatch=Exact"),
            get(f"{RED}?resourceVersionMatch=NotOlderThan"),
            get(f"{RED}?resourceVersion=1&resourceVersionMatch=Nonsense"),
            get(f"{RED}?resourceVersion=0&resourceVersionMatch=Nonsense"),
            get(f"{RED}?resourceVersionMatch=Nonsense"),
        ),
    ),
    Story(
        "forgotten-pages",
        "Pages whose version is gone.",
        (
            *few(),
            get(f"{EVERYWHERE}?limit=2", name="page"),
            post(RED, workflow("later")),
            Forget(),
            get(f"{EVERYWHERE}?limit=2&continue=<page:metadata.continue>", name="expired"),
            get(f"{EVERYWHERE}?limit=2&continue=<expired:metadata.continue>", name="inconsistent"),
            get(f"{EVERYWHERE}?limit=2&continue=<inconsistent:metadata.continue>"),
            get(f"{EVERYWHERE}?resourceVersion=<a:metadata.resourceVersion>&resourceVersionMatch=Exact"),
            get(f"{EVERYWHERE}?resourceVersion=<a:metadata.resourceVersion>&resourceVersionMatch=NotOlderThan&limit=1"),
            get(f"{RED}?resourceVersion=1"),
        ),
    ),
)

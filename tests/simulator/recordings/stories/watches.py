"""Stories about watches: where they begin, what they tell, how they end."""

from tests.simulator.recordings.stories.things import (
    BLUE,
    EMPTY,
    EVERYWHERE,
    METADATA,
    OWN_NAMESPACES,
    RED,
    ROOMS,
    TABLE,
    VERSION,
    few,
    room,
    workflow,
)
from tests.simulator.recordings.story import Forget, Open, Read, Step, Story, delete, get, patch, post, put, watch

SINCE = "resourceVersion=<blue-z:metadata.resourceVersion>"
INITIAL = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan"


def changes() -> tuple[Step, ...]:
    """Change two objects, make one and remove one."""
    return (
        patch(f"{RED}/a", {"status": {"phase": "Succeeded"}, "metadata": {"labels": {"team": "y"}}}),
        patch(f"{RED}/c", {"metadata": {"labels": {"team": "x"}}}),
        post(BLUE, workflow("new", "Running", {"team": "x"})),
        delete(f"{RED}/b"),
        put(
            f"{RED}/d",
            workflow("d", "Failed", {"team": "x"}, metadata={"resourceVersion": "<d:metadata.resourceVersion>"}),
        ),
        delete(f"{RED}/e"),
        patch(f"{RED}/a", {"metadata": {"labels": {"team": "x"}}}),
    )


WATCHES = (
    Story(
        "watches",
        "Changes as watches from a version tell them, with and without selectors.",
        (
            *few(),
            *changes(),
            watch(f"{EVERYWHERE}?watch=true&{SINCE}", 7),
            watch(f"{EVERYWHERE}?watch=1&{SINCE}&timeoutSeconds=1"),
            watch(f"{RED}?watch=true&{SINCE}", 6),
            watch(f"{BLUE}?watch=true&{SINCE}", 1),
            watch(f"{EMPTY}?watch=true&{SINCE}&timeoutSeconds=1"),
            watch(f"{EVERYWHERE}?watch=true&{SINCE}&labelSelector=team%3Dx&timeoutSeconds=1"),
            watch(f"{EVERYWHERE}?watch=true&{SINCE}&labelSelector=!team&timeoutSeconds=1"),
            watch(f"{EVERYWHERE}?watch=true&{SINCE}&fieldSelector=metadata.name%3Da", 2),
            watch(f"{RED}/a?watch=true&{SINCE}&timeoutSeconds=1"),
            watch(f"{VERSION}/watch/namespaces/red/workflows?{SINCE}&timeoutSeconds=1"),
            watch(f"{EVERYWHERE}?watch=true&{SINCE}", 7, METADATA),
            watch(f"{EVERYWHERE}?watch=true&{SINCE}", 7, TABLE),
            watch(f"{EVERYWHERE}?watch=true&{SINCE}&includeObject=None", 7, TABLE),
            watch(f"{EVERYWHERE}?watch=true&{SINCE}&allowWatchBookmarks=true&timeoutSeconds=3"),
        ),
    ),
    Story(
        "open-watches",
        "Changes as watches tell them that are open already.",
        (
            *few(),
            Open(f"{EVERYWHERE}?watch=true&{SINCE}", "all"),
            Open(f"{RED}?watch=true&{SINCE}&labelSelector=team%3Dx", "selected"),
            Open(f"{EVERYWHERE}?watch=true", "from-now"),
            *changes(),
            Read("all", 7),
            Read("selected", 5),
            Read("from-now", 14),
        ),
    ),
    Story(
        "beginnings",
        "Where a watch may begin, and where not.",
        (
            *few(),
            delete(f"{RED}/b"),
            watch(f"{EVERYWHERE}?watch=true&resourceVersion=0", 6),
            watch(f"{EVERYWHERE}?watch=true", 6),
            watch(f"{EVERYWHERE}?watch=true&resourceVersion=0&labelSelector=team%3Dx", 2),
            watch(f"{RED}?watch=true&resourceVersion=0", 4, TABLE),
            watch(f"{EMPTY}?watch=true&resourceVersion=0&timeoutSeconds=1"),
            watch(f"{RED}?watch=true&resourceVersion=abc"),
            watch(f"{RED}?watch=true&resourceVersion=-1"),
            watch(f"{RED}?watch=true&resourceVersion=99999999999999&timeoutSeconds=1"),
            watch(f"{RED}?watch=true&timeoutSeconds=abc"),
            watch(f"{RED}?watch=true&labelSelector=,"),
            watch(f"{RED}?watch=true&fieldSelector=spec.x%3D1"),
            watch(f"{RED}?watch=maybe&timeoutSeconds=1"),
            watch(f"{RED}?watch=true&limit=1&resourceVersion=0", 4),
            watch(f"{RED}?watch=true&resourceVersion=0", 1, "text/html"),
            watch(f"{RED}?watch=true&resourceVersion=0&resourceVersionMatch=Exact"),
            watch(f"{RED}?watch=true&resourceVersion=0&resourceVersionMatch=NotOlderThan"),
            watch(f"{RED}?watch=true&continue=nonsense&timeoutSeconds=1"),
            watch(f"{VERSION}/namespaces/never/workflows?watch=true&resourceVersion=0&timeoutSeconds=1"),
            watch(f"{ROOMS}?watch=true&resourceVersion=0&fieldSelector=metadata.name%3Dred", 1),
        ),
    ),
    Story(
        "streaming-lists",
        "Lists told as a watch, with the bookmark that closes them.",
        (
            *few(),
            watch(f"{EVERYWHERE}?watch=true&{INITIAL}&allowWatchBookmarks=true", 8),
            watch(f"{RED}?watch=true&{INITIAL}&allowWatchBookmarks=true&labelSelector=team%3Dx", 3),
            watch(f"{EMPTY}?watch=true&{INITIAL}&allowWatchBookmarks=true", 1),
            watch(f"{RED}?watch=true&{INITIAL}&allowWatchBookmarks=true&resourceVersion=0", 6),
            watch(f"{RED}?watch=true&{INITIAL}&allowWatchBookmarks=true&{SINCE}", 6),
            watch(f"{RED}?watch=true&{INITIAL}&allowWatchBookmarks=true", 6, METADATA),
            watch(f"{RED}?watch=true&{INITIAL}&allowWatchBookmarks=true", 6, TABLE),
            watch(f"{RED}?watch=true&{INITIAL}", 5),
            watch(f"{RED}?watch=true&sendInitialEvents=true"),
            watch(f"{RED}?watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=Exact"),
            watch(
                f"{RED}?watch=true&sendInitialEvents=maybe&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan",
                6,
            ),
            watch(f"{RED}?watch=true&{INITIAL}&allowWatchBookmarks=true&resourceVersion=abc"),
            watch(
                f"{RED}?watch=true&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&{SINCE}&timeoutSeconds=1"
            ),
            watch(
                f"{RED}?watch=true&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion=0"
                "&timeoutSeconds=1"
            ),
        ),
    ),
    Story(
        "watched-namespaces",
        "Namespaces as a watch tells them.",
        (
            get(ROOMS, name="all", only=OWN_NAMESPACES),
            room("red"),
            patch(f"{ROOMS}/red", {"metadata": {"labels": {"team": "x"}}}),
            watch(f"{ROOMS}?watch=true&resourceVersion=<all:metadata.resourceVersion>", 2),
        ),
    ),
    Story(
        "forgotten-versions",
        "Watches from a version that is gone.",
        (
            *few(),
            post(RED, workflow("later")),
            Forget(),
            watch(f"{EVERYWHERE}?watch=true&resourceVersion=<a:metadata.resourceVersion>"),
            watch(f"{EVERYWHERE}?watch=true&resourceVersion=1", accept=TABLE),
            watch(f"{EVERYWHERE}?watch=true&resourceVersion=0", 8),
        ),
    ),
)

"""The parameters of lists and watches."""

from exporter.kube.query import ListQuery, WatchQuery


def test_a_plain_list_asks_for_the_newest_state_in_pages() -> None:
    assert ListQuery().parameters() == {"limit": "500"}


def test_a_later_page_goes_on_where_the_one_before_ended() -> None:
    query = ListQuery(limit=2, token="t", label_selector="a=b")
    assert query.parameters() == {"labelSelector": "a=b", "limit": "2", "continue": "t"}


def test_a_watch_asks_for_bookmarks_from_a_version_on() -> None:
    assert WatchQuery("7", label_selector="a", timeout_seconds=9).parameters() == {
        "labelSelector": "a",
        "watch": "true",
        "allowWatchBookmarks": "true",
        "resourceVersion": "7",
        "timeoutSeconds": "9",
    }

"""The environment's proxies, by the rules of Go's net/http, which kubectl follows."""

import pytest

from exporter.kube.auth.proxy import proxy_for

PROXY = "http://proxy:3128"


@pytest.mark.parametrize(
    ("url", "no_proxy", "used"),
    [
        ("https://api.example.com", "", True),
        ("https://api.example.com", "*", False),
        ("https://api.example.com", "example.com", False),
        ("https://api.example.com", ".example.com", False),
        ("https://api.example.com", "*.example.com", False),
        ("https://example.com", "example.com", False),
        ("https://example.com", ".example.com", True),
        ("https://badexample.com", "example.com", True),
        ("https://API.example.com", "api.EXAMPLE.com", False),
        ("https://api.example.com:6443", "api.example.com:6443", False),
        ("https://api.example.com", "api.example.com:443", False),
        ("https://api.example.com", "api.example.com:6443", True),
        ("https://10.96.0.1", "10.96.0.0/12", False),
        ("https://10.96.0.1", "10.96.0.1", False),
        ("https://10.96.0.1:6443", "10.96.0.1:6443", False),
        ("https://11.0.0.1", " a.b , 10.0.0.0/8,", True),
        ("https://[fd00::1]", "fd00::/8", False),
        ("https://[fd00::1]:6443", "[fd00::1]:6443", False),
        ("https://localhost", "", False),
        ("https://127.0.0.7", "", False),
        ("https://[::1]", "", False),
        ("http://api.example.com", "", False),
    ],
)
def test_no_proxy_is_honoured(url: str, no_proxy: str, used: bool) -> None:
    assert proxy_for(url, {"HTTPS_PROXY": PROXY, "NO_PROXY": no_proxy}) == (PROXY if used else None)


def test_variables_in_lower_case_and_proxies_without_a_scheme_are_understood() -> None:
    assert proxy_for("https://a.b", {"https_proxy": "proxy:3128", "no_proxy": "c.d"}) == PROXY
    assert proxy_for("http://a.b", {"HTTP_PROXY": PROXY}) == PROXY
    assert proxy_for("https://a.b", {}) is None

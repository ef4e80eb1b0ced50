"""Calls to addresses outside: to public ones by https, and to nobody's own network by any trick."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.errors import AddressRefused, CallFailed
from accounts.outgoing import MOST_ANSWER_BYTES, Rules, check, is_public, post

HOST = "hooks.example"
PUBLIC = "93.184.215.14"


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0",  # noqa: S104 - nobody listens there
        "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254",
        "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1",
        "192.168.0.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
        "::ffff:0:10.0.0.1", "64:ff9b::a00:1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1",
        "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:c0a8:1::1", "fc00::1", "fd00:ec2::254",
        "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
    ],
)  # fmt: skip
def test_an_address_of_no_public_network(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize(
    "text",
    ["1.1.1.1", PUBLIC, "100.63.255.255", "100.128.0.0", "172.32.0.1", "2606:4700::1111",
     "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::1"],
)  # fmt: skip
def test_an_address_of_the_internet(text: str) -> None:
    assert is_public(ip_address(text))


@given(st.ip_addresses(v=4))
def test_an_address_that_is_wrapped_is_no_better(address: IPv4Address) -> None:
    number = int(address)
    mapped = IPv6Address((0xFFFF << 32) + number)
    nat64 = IPv6Address((0x64FF9B << 96) + number)
    relayed = IPv6Address((0x2002 << 112) + (number << 80) + 1)
    assert {is_public(mapped), is_public(nat64), is_public(relayed)} == {is_public(address)}


@given(st.ip_addresses())
def test_what_the_standard_library_calls_private_is_never_public(address: Any) -> None:
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        assert not is_public(address) or getattr(address, "ipv4_mapped", None) is not None


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        pytest.param("http://hooks.example/", "without TLS", id="no TLS"),
        pytest.param("https://hooks.example:8443/", "only 443", id="another port"),
        pytest.param("https://user:secret@hooks.example/", "password", id="a password"),
        pytest.param("https://hooks.example:99999/", "no address", id="no port"),
        pytest.param("https://[::1/", "no address", id="half a bracket"),
        pytest.param("https:///path", "not an https address", id="no host"),
        pytest.param("ftp://hooks.example/", "not an https address", id="another scheme"),
        pytest.param("file:///etc/passwd", "not an https address", id="a file"),
        pytest.param("https://hooks.example/\r\nX: y", "no address", id="a header in the path"),
        pytest.param("https://höoks.example/", "no address", id="letters that look alike"),
        pytest.param("https://hooks.example/" + "x" * 2_000, "no address", id="too long"),
    ],
)
def test_an_address_is_refused_before_anybody_is_asked(url: str, reason: str) -> None:
    with pytest.raises(AddressRefused, match=reason) as refused:
        check(url, Rules(resolve=nobody))
    assert "secret" not in str(refused.value)


def test_hosts_of_ours_may_be_called_as_they_are() -> None:
    target = check("http://Hooks.Example.:8080/a?b=c", Rules(allowed_hosts=[HOST], resolve=nobody))
    assert (target.host, target.port, target.path, target.is_secure) == (
        HOST,
        8080,
        "/a?b=c",
        False,
    )


def nobody(*args: object, **kwargs: object) -> list[tuple[Any, ...]]:
    raise AssertionError("a name was looked up")


class Names:
    """A resolver that answers each time with the next of its lists of addresses."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, host: str, port: int, **kwargs: object) -> list[tuple[Any, ...]]:
        addresses = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], [PUBLIC, "10.0.0.1"], ["::ffff:169.254.169.254"]]
)
def test_a_name_that_leads_inside_is_refused(addresses: list[str]) -> None:
    with pytest.raises(AddressRefused, match="not public"):
        post(f"https://{HOST}/", b"", headers={}, rules=Rules(resolve=Names(addresses)))


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "[::1]", "localhost"])
def test_a_number_for_a_name_is_looked_at_too(host: str) -> None:
    with pytest.raises((AddressRefused, CallFailed)):
        post(f"https://{host}/", b"", headers={}, rules=Rules())


def unknown(*args: object, **kwargs: object) -> list[tuple[Any, ...]]:
    raise socket.gaierror


@pytest.mark.parametrize("resolve", [unknown, Names([])])
def test_a_name_that_nobody_knows(resolve: Any) -> None:
    with pytest.raises(CallFailed, match="not known"):
        post(f"https://{HOST}/", b"", headers={}, rules=Rules(resolve=resolve))


# --- A server of ours ---------------------------------------------------------------------------------


class Hook(BaseHTTPRequestHandler):
    seen: list[tuple[str | None, str, bytes]] = []

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.seen.append((self.headers["Host"], self.path, self.rfile.read(length)))
        if self.path == "/moved":
            self.send_response(307)
            self.send_header("Location", "http://169.254.169.254/")
            self.end_headers()
            return
        if self.path == "/slow":
            for _ in range(50):
                self.wfile.write(b"H")
                time.sleep(0.05)
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"x" * (MOST_ANSWER_BYTES + 1) if self.path == "/large" else b"taken")

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:  # who called has hung up
            self.close_connection = True


@pytest.fixture
def hook() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), Hook)
    Hook.seen.clear()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def ours(**more: Any) -> Rules:
    return Rules(allowed_hosts=[HOST], **({"resolve": Names(["127.0.0.1"])} | more))


def test_the_body_arrives_and_the_answer_comes_back(hook: HTTPServer) -> None:
    url = f"http://{HOST}:{hook.server_port}/in?a=1"
    answer = post(url, b"{}", headers={"Content-Type": "application/json"}, rules=ours())
    assert (answer.status, answer.body) == (200, b"taken")
    assert Hook.seen == [(f"{HOST}:{hook.server_port}", "/in?a=1", b"{}")]


def test_a_name_that_changes_its_mind_is_asked_once(hook: HTTPServer) -> None:
    names = Names(["127.0.0.1"], ["127.0.0.2"])
    post(f"http://{HOST}:{hook.server_port}/", b"", headers={}, rules=ours(resolve=names))
    assert (names.asked, len(Hook.seen)) == (1, 1)


def test_no_proxy_of_the_environment_is_asked(hook: HTTPServer, monkeypatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
    answer = post(f"http://{HOST}:{hook.server_port}/", b"", headers={}, rules=ours())
    assert answer.status == 200


@pytest.mark.parametrize(
    ("path", "reason"), [("/moved", "not followed"), ("/large", "over 65,536 bytes")]
)
def test_an_answer_that_is_no_good(hook: HTTPServer, path: str, reason: str) -> None:
    with pytest.raises(CallFailed, match=reason):
        post(f"http://{HOST}:{hook.server_port}{path}", b"", headers={}, rules=ours())
    assert len(Hook.seen) == 1


def test_a_server_that_sends_a_byte_now_and_then_is_cut_off(hook: HTTPServer) -> None:
    url = f"http://{HOST}:{hook.server_port}/slow"
    with pytest.raises(CallFailed, match="too long"):
        post(url, b"", headers={}, rules=ours(seconds=0.3))


def test_a_port_that_nobody_listens_at(hook: HTTPServer) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # taken, and not listening
        with pytest.raises(CallFailed, match="does not answer"):
            post(f"http://{HOST}:{taken.getsockname()[1]}/", b"", headers={}, rules=ours())


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of HOST that HOST has made itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    today = timezone.now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    path = tmp_path / "host.pem"
    path.write_bytes(key.private_bytes(pem, form, plain) + made.public_bytes(pem))
    return path


@pytest.mark.parametrize("is_trusted", [True, False])
def test_tls_is_that_of_the_name_not_of_the_address(hook, certificate: Path, is_trusted) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    hook.socket = context.wrap_socket(hook.socket, server_side=True)
    trust = ssl.create_default_context(cafile=str(certificate) if is_trusted else None)
    url = f"https://{HOST}:{hook.server_port}/"
    if is_trusted:
        assert post(url, b"", headers={}, rules=ours(tls=trust)).status == 200
    else:
        with pytest.raises(CallFailed, match="CERTIFICATE_VERIFY_FAILED"):
            post(url, b"", headers={}, rules=ours(tls=trust))

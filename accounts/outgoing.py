"""The one way in which Foothold calls an address outside: never into the network that it stands in.

A name is resolved once and every address of it has to be public; the connection goes to the very
address that was looked at, so that a name cannot lead elsewhere a moment later (DNS rebinding). TLS
and Host still use the name. No redirect is followed and no proxy of the environment is asked.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import SplitResult, urlsplit

from accounts.errors import AddressRefused, CallFailed

Address = IPv4Address | IPv6Address
Resolver = Callable[..., Sequence[tuple[Any, ...]]]

PORTS = {"https": 443, "http": 80}
MOST_ANSWER_BYTES = 64 * 1024
MOST_URL_CHARACTERS = 2_000

_NOT_PUBLIC = tuple(
    ip_network(text)
    for text in (
        "100.64.0.0/10",  # carriers' own, and the metadata of some clouds
        "192.0.0.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "198.18.0.0/15",
        "2001::/23",  # protocols' own, Teredo among them
        "fec0::/10",  # site-local, as it once was
    )
)
_NAT64 = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
_SIX_TO_FOUR = ip_network("2002::/16")
_MAPPED = (ip_network("::/96"), ip_network("::ffff:0:0/96"), ip_network("::ffff:0:0:0/96"))


@dataclass(frozen=True)
class Rules:
    """Where calls may go: to public addresses by https, and to the hosts that are named."""

    allowed_hosts: Collection[str] = ()
    """Names of our own networks: by any scheme and port, to any address."""
    resolve: Resolver = socket.getaddrinfo
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    seconds: float = 15.0


@dataclass(frozen=True)
class Target:
    """An address, taken apart; `is_ours`: its host is one of the allowed ones."""

    host: str
    port: int
    path: str
    is_secure: bool
    is_ours: bool


@dataclass(frozen=True)
class Answer:
    """What came back; `retry_after` is the header of that name, as it came."""

    status: int
    body: bytes
    retry_after: str = ""


def is_public(address: Address) -> bool:
    """Whether an address belongs to somebody on the internet; what wraps one is as what it wraps."""
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return False
        wrapped = _wrapped(address)
        if wrapped is not None:
            return is_public(wrapped)
    in_range = any(
        address.version == network.version and address in network for network in _NOT_PUBLIC
    )
    return address.is_global and not (in_range or address.is_multicast or address.is_reserved)


def _wrapped(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for."""
    number = int(address)
    if any(address in network for network in (*_MAPPED, _NAT64[0])):
        return IPv4Address(number & 0xFFFFFFFF)
    if address in _NAT64[1]:
        return IPv4Address(0)  # of a network's own making: as good as none
    if address in _SIX_TO_FOUR:
        return IPv4Address((number >> 80) & 0xFFFFFFFF)
    return None


def check(url: str, rules: Rules) -> Target:
    """What is to be called; raises AddressRefused. Asks nobody: a form may check what was typed."""
    parts, port = _split(url)
    host = (parts.hostname or "").rstrip(".").lower()
    if not host or parts.scheme not in PORTS:
        raise AddressRefused(url, "is not an https address")
    if "@" in parts.netloc:
        raise AddressRefused(host, "is given with a password in the address")
    is_ours = host in {each.lower() for each in rules.allowed_hosts}
    is_secure = parts.scheme == "https"
    if not is_ours and not is_secure:
        raise AddressRefused(host, "is to be called without TLS: use https")
    if not is_ours and port not in {None, PORTS["https"]}:
        raise AddressRefused(host, f"is to be called at port {port}: only 443 is allowed")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(host, port or PORTS[parts.scheme], path, is_secure, is_ours)


def _split(url: str) -> tuple[SplitResult, int | None]:
    is_plain = all(32 < ord(sign) < 127 for sign in url)
    try:
        if not is_plain or len(url) > MOST_URL_CHARACTERS:
            raise ValueError
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError as error:
        raise AddressRefused(url, "is no address") from error


def post(url: str, body: bytes, *, headers: Mapping[str, str], rules: Rules) -> Answer:
    """Send a body and return the answer, of at most MOST_ANSWER_BYTES.

    Raises AddressRefused where it must not go, CallFailed where nothing, too much or a redirect came
    back, or not within `rules.seconds`.
    """
    target = check(url, rules)
    call = _Call(target, _address(target, rules), rules)
    try:
        return call.post(body, headers)
    except (OSError, http.client.HTTPException) as error:
        reason = "it takes too long" if call.is_late else f"it does not answer ({error})"
        raise CallFailed(target.host, reason) from error
    finally:
        call.close()


def _address(target: Target, rules: Rules) -> str:
    """The address to connect to: the first one of the name, when every one of them may be called."""
    try:
        found = rules.resolve(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise CallFailed(target.host, "its name is not known") from error
    addresses = [str(sockaddr[0]) for *_, sockaddr in found]
    if not addresses:
        raise CallFailed(target.host, "its name is not known")
    if not target.is_ours and not all(is_public(ip_address(each)) for each in addresses):
        raise AddressRefused(target.host, "leads into a network that is not public")
    return addresses[0]


class _Call:
    """A connection to the address that was checked; it is cut off when its time is over.

    A timeout of the socket alone would not do: it begins anew with each byte that comes.
    """

    def __init__(self, target: Target, address: str, rules: Rules) -> None:
        self.target = target
        self.address = address
        self.rules = rules
        self.is_late = False
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(rules.seconds, self._cut_off)

    def post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        connection = self._connected()
        connection.request("POST", self.target.path, body=body, headers=dict(headers))
        response = connection.getresponse()
        if 300 <= response.status < 400:
            raise CallFailed(self.target.host, "it redirects elsewhere, which is not followed")
        answer = response.read(MOST_ANSWER_BYTES + 1)
        if self.is_late:
            raise TimeoutError
        if len(answer) > MOST_ANSWER_BYTES:
            raise CallFailed(self.target.host, f"it answers with over {MOST_ANSWER_BYTES:,} bytes")
        return Answer(response.status, answer, response.getheader("Retry-After", ""))

    def close(self) -> None:
        self._timer.cancel()
        if self._socket is not None:
            self._socket.close()

    def _connected(self) -> http.client.HTTPConnection:
        """TLS and Host name the host, whatever its address."""
        host, port = self.target.host, self.target.port
        where = (self.address, port)
        self._socket = socket.create_connection(where, timeout=self.rules.seconds)
        connection = http.client.HTTPConnection(host, port)
        if self.target.is_secure:
            connection = http.client.HTTPSConnection(host, port, context=self.rules.tls)
            self._socket = self.rules.tls.wrap_socket(
                self._socket, server_hostname=host, do_handshake_on_connect=False
            )
        self._timer.start()
        if isinstance(self._socket, ssl.SSLSocket):
            self._socket.do_handshake()
        connection.sock = self._socket
        return connection

    def _cut_off(self) -> None:
        self.is_late = True
        with contextlib.suppress(OSError):  # it has just ended by itself
            if self._socket is not None:
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

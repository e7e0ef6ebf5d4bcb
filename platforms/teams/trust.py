"""Which hosts are Microsoft's: our token is sent to an activity's ``serviceUrl``, so it must name one of these.

Source: learn.microsoft.com/azure/bot-service (public cloud, GCC and GCC High).
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

DEFAULT_SERVICE = "https://smba.trafficmanager.net/teams"
MICROSOFT = (
    "smba.trafficmanager.net",
    "smba.infra.gcc.teams.microsoft.com",
    "smba.infra.gov.teams.microsoft.us",
)


def services(service: str) -> tuple[str, ...]:
    """The addresses that may be called beside ``service``."""
    return tuple(f"https://{host}" for host in MICROSOFT) if service == DEFAULT_SERVICE else ()


def trusted(service: str, address: str) -> bool:
    """Whether an activity may name ``address``: while ``service`` is the default one of Microsoft's hosts, else exactly
    that host and port."""
    try:
        found, own = urlsplit(address), urlsplit(service)
        ports = found.port, own.port
    except ValueError:
        return False
    if found.username is not None or found.password is not None or found.query or found.fragment:
        return False
    if service == DEFAULT_SERVICE:
        return found.scheme == "https" and found.hostname in MICROSOFT and ports[0] in (None, 443)
    return found.scheme == own.scheme and found.hostname == own.hostname and ports[0] == ports[1]


def loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def loopback_address(url: str) -> bool:
    return loopback(urlsplit(url).hostname or "")

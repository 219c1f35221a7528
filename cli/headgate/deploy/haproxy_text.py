"""The parts of the proxy's configuration that are the same on every host."""

from __future__ import annotations

from headgate.deploy.service import HOME
from headgate.wire import PROBE_HEADER, RELEASE_HEADER

LISTENS_ON = 8080  # inside the proxy's container
WHO_SERVES = "/.well-known/headgate"  # answered by the proxy itself
CONFIGURATION_HEADER = "X-Headgate-Proxy"
"""In an answer to WHO_SERVES: the digest of the configuration that the answering worker runs with."""
CERTIFICATES = f"{HOME}/certificates"
ADMIN_SOCKET = "run/admin.sock"
"""In the proxy's volume: another HAProxy takes the listening sockets over through it."""
IDLE_SOCKET = "headgate-idle"
DIGEST = "-" * 16
SIGNED = f"hdr {CONFIGURATION_HEADER} {DIGEST}"
SIGNATURE = "# headgate "

PREAMBLE = (
    f"{SIGNATURE}{DIGEST}\n"
    """\
# Written anew by every deployment: what is changed here by hand is lost.
global
    log stdout len 4096 format raw local0
    maxconn 8000
    no strict-limits
    hard-stop-after {drain}s
    stats socket """
    f"{HOME}/{ADMIN_SOCKET}"
    """ mode 600 level admin expose-fd listeners

defaults
    mode http
    log global
    option dontlognull
    option forwardfor
    option http-server-close
    option idle-close-on-response
    timeout connect 5s
    timeout http-request 10s
    timeout http-keep-alive 60s
    timeout client 60s
    timeout server 300s
    timeout queue 30s
    timeout tunnel 1h
    default-server resolvers engine init-addr last,libc,none

resolvers engine
    parse-resolv-conf
    accepted_payload_size 8192
    timeout resolve 1s
    timeout retry 1s
    hold valid 1s
"""
)

# One JSON object for each request, without its query, which may hold what is nobody's business. `us` is the time from
# the request's header to the answer's, in microseconds; `asked` the release that was asked for by header.
_FIELDS = (
    '"time":%Ts.%ms',
    '"client":"%ci"',
    '"method":"%[var(txn.method),json(utf8s)]"',
    '"path":"%[var(txn.path),json(utf8s)]"',
    '"status":%ST',
    '"release":"%[var(txn.release),json(utf8s)]"',
    '"container":"%b"',
    '"us":"%[var(txn.took)]"',
    '"queued_ms":%Tw',
    '"bytes":%B',
    '"ended":"%ts"',
    '"asked":"%[var(txn.asked),json(utf8s)]"',
    '"probe":"%[var(txn.probe),json(utf8s)]"',
)
LOGGING = (
    "    http-request set-var(txn.began) date(0,us)",
    "    http-request set-var(txn.method) method",
    "    http-request set-var(txn.path) path",
    f"    http-request set-var(txn.asked) req.hdr({RELEASE_HEADER})",
    f"    http-request set-var(txn.probe) req.hdr({PROBE_HEADER})",
    f"    http-request set-log-level silent if {{ path {WHO_SERVES} }}",
    "    http-after-response set-var(txn.took) date(0,us),sub(txn.began)",
    f"    http-after-response set-var(txn.release) res.hdr({RELEASE_HEADER})",
    f"    log-format '{{{','.join(_FIELDS)}}}'",
)

NOBODY = f"""\
backend not-here
    http-request return status 503 content-type text/plain string "This release is not running here.\\n"

backend nothing
    http-request return status 503 content-type text/plain string "No release is deployed here.\\n" \
hdr {RELEASE_HEADER} none hdr {CONFIGURATION_HEADER} {DIGEST}
"""

# TLS and plain HTTP come in on one port and are told apart by their first bytes: the deployer's own questions, and
# clients that have yet to be sent to https, speak plain HTTP.
TLS = f"""\
defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h

frontend either
    bind :{LISTENS_ON}
    tcp-request inspect-delay 10s
    tcp-request content accept if {{ req.ssl_hello_type 1 }}
    tcp-request content accept if {{ req.len gt 0 }} !{{ req.ssl_hello_type 1 }} HTTP
    use_backend tls if {{ req.ssl_hello_type 1 }}
    default_backend plain

backend tls
    server tls abns@headgate-tls send-proxy-v2

backend plain
    server plain abns@headgate-plain send-proxy-v2
"""

IDLE = f"""\
# For a moment: another proxy has taken the port over, and this one finishes its requests.
global
    log stdout format raw local0

defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s

frontend idle
    bind abns@{IDLE_SOCKET}
"""

"""The local cloud: an embedded Cloud Control service for development and tests.

`cloud.LocalCloud` is the service itself, without any I/O but its store; `transport.LocalTransport` reaches it in
process, `server` over HTTP.
"""

from __future__ import annotations

"""The local cloud: an embedded Cloud Control service for development and tests.

`cloud.LocalCloud` is the service itself, without any I/O except its store; `transport.LocalTransport` reaches it in
process, `http.server` over HTTP. `api` holds the operations of Cloud Control and of the services next to it, `model`
the resource types, `generated` the values that services generate, `faults` the failures that tests request. It imports
nothing of the client, the plan or the state, so that it can't share their bugs.
"""

from __future__ import annotations

"""The practical limit: a bare asyncio loop that sends what any client must; no plan, no state, no signatures.

    python bare_loop.py ENDPOINT deploy|destroy SIZE OPERATION_SECONDS

It knows how long an operation takes, so it polls each request once, and reads each new resource once.
"""

from __future__ import annotations

import asyncio
import json
import sys
import uuid
from typing import Any

import aiohttp

TYPE = "AWS::ImageBuilder::DistributionConfiguration"
ACCOUNT = "000000000000"


async def call(session: aiohttp.ClientSession, endpoint: str, operation: str, body: dict[str, Any]) -> dict[str, Any]:
    """One call of the wire protocol."""
    headers = {"x-amz-target": f"CloudApiService.{operation}", "content-type": "application/x-amz-json-1.0"}
    async with session.post(endpoint, data=json.dumps(body), headers=headers) as answer:
        content: dict[str, Any] = json.loads(await answer.read())
        return content


async def follow(session: aiohttp.ClientSession, endpoint: str, event: dict[str, Any], seconds: float) -> str:
    """Wait for a request's end; its identifier."""
    await asyncio.sleep(seconds)
    while event["OperationStatus"] == "IN_PROGRESS":
        answer = await call(session, endpoint, "GetResourceRequestStatus", {"RequestToken": event["RequestToken"]})
        event = answer["ProgressEvent"]
    return str(event["Identifier"])


async def create(session: aiohttp.ClientSession, endpoint: str, number: int, seconds: float) -> None:
    """Create one resource and read it."""
    desired = {
        "Name": f"config-{number}",
        "Description": f"number {number}",
        "Distributions": [
            {"Region": "us-east-1", "AmiDistributionConfiguration": {"Name": "ami-{{ imagebuilder:buildDate }}"}}
        ],
    }
    body = {"TypeName": TYPE, "DesiredState": json.dumps(desired), "ClientToken": str(uuid.uuid4())}
    answer = await call(session, endpoint, "CreateResource", body)
    identifier = await follow(session, endpoint, answer["ProgressEvent"], seconds)
    await call(session, endpoint, "GetResource", {"TypeName": TYPE, "Identifier": identifier})


async def delete(session: aiohttp.ClientSession, endpoint: str, number: int, seconds: float) -> None:
    """Delete one resource."""
    identifier = f"arn:aws:imagebuilder:us-east-1:{ACCOUNT}:distribution-configuration/config-{number}"
    body = {"TypeName": TYPE, "Identifier": identifier, "ClientToken": str(uuid.uuid4())}
    answer = await call(session, endpoint, "DeleteResource", body)
    await follow(session, endpoint, answer["ProgressEvent"], seconds)


async def main(endpoint: str, verb: str, size: int, seconds: float) -> None:
    """Do one phase."""
    work = {"deploy": create, "destroy": delete}[verb]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=256)) as session:
        await asyncio.gather(*(work(session, endpoint, number, seconds) for number in range(size)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))

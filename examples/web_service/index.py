"""The function behind the API: stores a text under a name, and returns it."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3

TABLE = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer one request of the API."""
    name = event["pathParameters"]["name"]
    if event["requestContext"]["http"]["method"] == "PUT":
        TABLE.put_item(Item={"name": name, "text": event.get("body") or ""})
        return {"statusCode": 204}
    found = TABLE.get_item(Key={"name": name}).get("Item")
    if found is None:
        return {"statusCode": 404, "body": json.dumps({"error": f"there is no {name}"})}
    return {"statusCode": 200, "body": json.dumps({"name": name, "text": found["text"]})}

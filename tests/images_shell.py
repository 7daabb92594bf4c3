"""The command line on programs that deliver images, against a served local cloud."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3

import commands

if TYPE_CHECKING:
    from pathlib import Path

BUILD = "111111111111"


@dataclass
class Shell:
    """A folder with the example, and the local cloud behind AWS_ENDPOINT_URL."""

    folder: Path
    url: str
    account: str = BUILD

    def __call__(self, *words: str, code: int = 0) -> str:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environ |= {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.account,
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
            "CLOUDWRIGHT_STAGE": "test",
            "COLUMNS": "110",
        }
        done = commands.run(*words, cwd=self.folder, env=environ, timeout=100)
        assert done.returncode == code, f"{' '.join(words)}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def client(self, service: str, region: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=BUILD,
            aws_secret_access_key="secret",
        )

"""The command line on programs that deliver images, against a served local cloud."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

BUILD = "111111111111"


@dataclass
class Shell:
    """A folder with the example, and the local cloud behind AWS_ENDPOINT_URL."""

    folder: Path
    url: str
    account: str = BUILD

    def __call__(self, *words: str, code: int = 0) -> str:
        program = str(Path(sys.executable).parent / "cloudwright")
        environ = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environ |= {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.account,
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
            "CLOUDWRIGHT_STAGE": "test",
            "COLUMNS": "110",
        }
        done = subprocess.run(
            [program, *words], cwd=self.folder, env=environ, capture_output=True, text=True, check=False, timeout=100
        )
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

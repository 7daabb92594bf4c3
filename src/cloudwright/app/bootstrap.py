"""The bucket for assets, as its own app: planned, deployed and changed like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.app.app import App
from cloudwright.plan.asset_places import BUCKET

if TYPE_CHECKING:
    from collections.abc import Mapping

APP = "cloudwright-bootstrap"

_FORMER_DAYS = 30
_UNFINISHED_DAYS = 7


def bootstrap_app(stage: str) -> App:
    """The app that makes the bucket in one account and Region: private, encrypted, versioned, with a lifecycle.

    Args:
        stage: Names its state; there is one for each account and Region.
    """
    app = App(APP, stage=stage)

    @app.program
    async def bucket() -> Mapping[str, object]:
        from cloudwright.aws import S3
        from cloudwright.program.lookup import lookup

        who = await lookup.identity()
        name = BUCKET.replace("{account}", who.account).replace("{region}", who.region)
        S3.Bucket("assets", BucketName=name, **bucket_properties(), adopt=True, retain=True)
        policy = only_tls(f"arn:{who.partition}:s3:::{name}")
        S3.BucketPolicy("tls", Bucket=name, PolicyDocument=policy, adopt=True, depends_on="assets")
        return {"bucket": name}

    return app


def bucket_properties() -> dict[str, Any]:
    """The properties of a bucket for assets, but for its name."""
    blocked = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    encryption = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    lifecycle = {
        "Id": "former-versions",
        "Status": "Enabled",
        "NoncurrentVersionExpiration": {"NoncurrentDays": _FORMER_DAYS},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": _UNFINISHED_DAYS},
    }
    return {
        "PublicAccessBlockConfiguration": dict.fromkeys(blocked, True),
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [encryption]},
        "VersioningConfiguration": {"Status": "Enabled"},
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "LifecycleConfiguration": {"Rules": [lifecycle]},
    }


def only_tls(arn: str) -> dict[str, Any]:
    """The policy that refuses every request without TLS.

    Args:
        arn: The bucket's.
    """
    refused = {
        "Sid": "OnlyTLS",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {"Version": "2012-10-17", "Statement": [refused]}

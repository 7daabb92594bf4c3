"""The bucket for assets, as an app of its own: planned, deployed and changed like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
        S3.Bucket(
            "assets",
            BucketName=name,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
            BucketEncryption={
                "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
            VersioningConfiguration={"Status": "Enabled"},
            OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            LifecycleConfiguration={
                "Rules": [
                    {
                        "Id": "former-versions",
                        "Status": "Enabled",
                        "NoncurrentVersionExpiration": {"NoncurrentDays": _FORMER_DAYS},
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": _UNFINISHED_DAYS},
                    }
                ]
            },
            adopt=True,
            retain=True,
        )
        policy = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "OnlyTLS",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [f"arn:{who.partition}:s3:::{name}", f"arn:{who.partition}:s3:::{name}/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ],
        }
        S3.BucketPolicy("tls", Bucket=name, PolicyDocument=policy, adopt=True, depends_on="assets")
        return {"bucket": name}

    return app

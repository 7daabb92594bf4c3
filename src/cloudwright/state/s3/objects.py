"""Amazon S3 as an `ObjectStore`. botocore's client handles endpoints, credentials and redirects."""

from __future__ import annotations

import contextlib
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from cloudwright.clock import SystemClock
from cloudwright.errors import CloudwrightError, NoCredentials, StateUnavailable
from cloudwright.state.s3.object_port import Deleted, Listed, StoredObject, Unanswered
from cloudwright.state.s3.region import ambient_region

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cloudwright.clock import Clock

DELETE_AT_ONCE = 1_000
"""Names in one DeleteObjects request (https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html)."""


class S3Objects:
    """The objects of one bucket; implements `ObjectStore`.

    Conditional writes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
    """

    def __init__(self, bucket: str, *, client: Any = None, clock: Clock | None = None) -> None:
        """Name a bucket; the client is created with the first call.

        Args:
            bucket: The bucket's name.
            client: A botocore client for S3; one from the environment by default.
            clock: The machine's clock, corrected by the `Date` of S3's answers.
        """
        self._bucket = bucket
        self._given = client
        self._made: Any = None
        self._clock = clock or SystemClock()
        self._skew = 0.0

    @property
    def place(self) -> str:
        """The bucket's address."""
        return f"s3://{self._bucket}"

    def get(self, name: str) -> StoredObject | None:
        """The object of a name, or `None`."""
        with self._translated(name):
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=name)
                self._hear(answer)
                return StoredObject(answer["Body"].read(), answer["ETag"])
            except self._client.exceptions.NoSuchKey:
                return None

    def put_new(self, name: str, body: bytes) -> bool:
        """Write an object unless the name is taken."""
        return self._put(name, body, IfNoneMatch="*")

    def put_over(self, name: str, body: bytes, tag: str) -> bool:
        """Replace an object if it still has this tag."""
        return self._put(name, body, IfMatch=tag)

    def list_after(self, prefix: str, after: str) -> Sequence[Listed]:
        """The objects whose names start with a prefix and sort after another name, in order."""
        with self._translated(prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=prefix, StartAfter=after
            )
            return [
                Listed(each["Key"], each["LastModified"].timestamp())
                for page in pages
                for each in page.get("Contents", ())
            ]

    def delete(self, names: Sequence[str]) -> None:
        """Remove objects."""
        for start in range(0, len(names), DELETE_AT_ONCE):
            some = [{"Key": name} for name in names[start : start + DELETE_AT_ONCE]]
            with self._translated(names[start]):
                self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": some, "Quiet": True})

    def deleted(self, prefix: str, after: str = "") -> Iterator[Deleted]:
        """The deleted objects whose names start with a prefix and sort after another name, in order.

        Empty for a bucket or a service without versions.
        """
        with self._translated(prefix):
            pages = self._client.get_paginator("list_object_versions").paginate(
                Bucket=self._bucket, Prefix=prefix, **({"KeyMarker": after} if after else {})
            )
            for page in _unless_unknown(pages):
                for marker in page.get("DeleteMarkers", ()):
                    if marker["IsLatest"]:
                        yield Deleted(marker["Key"], marker["VersionId"])

    def kept(self, name: str) -> bool:
        """Whether an earlier version of a deleted object is still kept; a lifecycle rule may have expired it."""
        with self._translated(name):
            found = self._client.list_object_versions(Bucket=self._bucket, Prefix=name)
        return any(each["Key"] == name for each in found.get("Versions", ()))

    def undelete(self, deleted: Sequence[Deleted]) -> None:
        """Undo deletions by removing their delete markers."""
        for each in deleted:
            with self._translated(each.name):
                self._client.delete_object(Bucket=self._bucket, Key=each.name, VersionId=each.marker)

    def now(self) -> float:
        """Seconds since the epoch by S3's clock."""
        return self._clock.now() + self._skew

    def close(self) -> None:
        """Release connections."""
        if self._made is not None:
            self._made.close()
            self._made = None

    def create_bucket(self) -> None:
        """Create the bucket: private, versioned, encrypted. An existing one that is ours only gets these settings.

        The encryption of an existing bucket is left alone: S3 has encrypted every bucket since January 2023
        (https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html), perhaps with a KMS key.

        Raises:
            StateUnavailable: The name belongs to somebody else, or the bucket can't be created.
        """
        with self._translated(""):
            region = self._client.meta.region_name
            place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
            with contextlib.suppress(self._client.exceptions.BucketAlreadyOwnedByYou):
                self._client.create_bucket(Bucket=self._bucket, **place)
            self._secure()

    def _secure(self) -> None:
        settings = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        self._client.put_public_access_block(
            Bucket=self._bucket, PublicAccessBlockConfiguration=dict.fromkeys(settings, True)
        )
        self._client.put_bucket_versioning(Bucket=self._bucket, VersioningConfiguration={"Status": "Enabled"})
        if not self._encrypts():
            rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
            self._client.put_bucket_encryption(Bucket=self._bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})

    def _encrypts(self) -> bool:
        from botocore.exceptions import ClientError

        try:
            self._client.get_bucket_encryption(Bucket=self._bucket)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ServerSideEncryptionConfigurationNotFoundError":
                raise
            return False
        return True

    @property
    def _client(self) -> Any:
        if self._given is None and self._made is None:
            self._made = s3_client()
        return self._given or self._made

    def _put(self, name: str, body: bytes, **condition: str) -> bool:
        from botocore.exceptions import ClientError

        with self._translated(name):
            try:
                answer = self._client.put_object(
                    Bucket=self._bucket, Key=name, Body=body, ContentType="application/json", **condition
                )
            except ClientError as error:
                if error.response["Error"]["Code"] in {"PreconditionFailed", "412", "NoSuchKey"}:
                    return False
                raise
            self._hear(answer)
            return True

    def _hear(self, answer: Any) -> None:
        date = answer["ResponseMetadata"]["HTTPHeaders"].get("date", "")
        with contextlib.suppress(ValueError, TypeError):
            skew = parsedate_to_datetime(date).timestamp() - self._clock.now()
            # The header has a resolution of one second: a smaller difference means nothing.
            self._skew = skew if abs(skew) > 2 else 0.0

    @contextlib.contextmanager
    def _translated(self, name: str) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ParamValidationError

        try:
            yield
        except CloudwrightError:
            raise
        except NoCredentialsError as error:
            raise NoCredentials(
                f"no AWS credentials for {self.place}", hint="set AWS_PROFILE, or see `cloudwright doctor`"
            ) from error
        except ClientError as error:
            raise self._explain(error, name) from error
        except ParamValidationError as error:
            raise StateUnavailable(f"{self._bucket} is not the name of a bucket", hint=_NAMING) from error
        except BotoCoreError as error:
            raise Unanswered(f"{self.place}/{name}: {error}", hint=_AGAIN) from error

    def _explain(self, error: Any, name: str) -> StateUnavailable:
        code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
        status = error.response["ResponseMetadata"].get("HTTPStatusCode", 0)
        text = f"{self.place}/{name}: {code}: {message}"
        # 409 ConditionalRequestConflict: another conditional request was in progress; S3 asks for a retry.
        if code == "ConditionalRequestConflict" or status >= 500:
            return Unanswered(text, hint=_AGAIN)
        # A refused HEAD has no body, so only the status is known.
        advice = _ADVICE.get("AccessDenied" if code == "403" else code, "check the bucket's name and its policy")
        return StateUnavailable(text, hint=advice.format(place=self.place))


def _unless_unknown(pages: Iterable[Any]) -> Iterator[Any]:
    from botocore.exceptions import ClientError

    try:
        yield from pages
    except ClientError as error:
        # Answers of S3-compatible services to requests that they don't support.
        if error.response["Error"].get("Code") != "NotImplemented":
            raise


def s3_client(*, endpoint: str | None = None, region: str | None = None) -> Any:
    """A botocore client for S3 with the environment's credentials.

    Args:
        endpoint: Another endpoint than AWS's own; `$AWS_ENDPOINT_URL_S3` and `$AWS_ENDPOINT_URL` count as well.
        region: The first Region to try; by default the environment's, or us-east-1 (S3 then redirects to the bucket's).
    """
    import botocore.session
    from botocore.config import Config

    session = botocore.session.get_session()
    config = Config(
        connect_timeout=5,
        read_timeout=20,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=16,
        user_agent_extra="cloudwright",
    )
    region = region or ambient_region(session) or "us-east-1"
    return session.create_client("s3", region_name=region, endpoint_url=endpoint, config=config)


_AGAIN = "check the network and the endpoint, then run the command again: what a run began is in its journal"
_REGION = "the bucket is, or would be, in another Region than the request was sent to: set AWS_REGION to the bucket's"
_NAMING = "write s3://bucket/prefix; a bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens"

_ADVICE = {
    "NoSuchBucket": "check its name, or make it: `CLOUDWRIGHT_STATE={place} cloudwright state init FILE`",
    "AccessDenied": "the credentials need s3:ListBucket and s3:ListBucketVersions on the bucket, and s3:GetObject, "
    "PutObject and DeleteObject in it; docs/state.md lists what `state init` and `state restore` need",
    "InvalidBucketName": _NAMING,
    "BucketAlreadyExists": "bucket names are unique among all accounts: choose another",
    "ExpiredToken": "sign in again",
    "InvalidAccessKeyId": "S3 does not know this access key: check AWS_PROFILE and the credentials",
    "SignatureDoesNotMatch": "the secret key does not belong to the access key: check AWS_PROFILE and the credentials",
    "RequestTimeTooSkewed": "this machine's clock is more than 15 minutes off: set it, then run the command again",
    "PermanentRedirect": _REGION,
    "AuthorizationHeaderMalformed": _REGION,
    "IllegalLocationConstraintException": _REGION,
    "InvalidLocationConstraint": _REGION,
}

"""S3's objects on the served local cloud, by boto3 and by plain HTTP; every answer is held to botocore's model."""

from __future__ import annotations

import base64
import hashlib
import http.client
import io
import urllib.error
import urllib.request
import zlib
from collections import defaultdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from cloudwright.local.access.policy import policy_of
from cloudwright.local.objects import service
from cloudwright.local.protocols.checking import misfits
from cloudwright.local.protocols.model import service_models
from local_kit import signed

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT, REGION = "111122223333", "us-west-2"
PART = 5 * 1024 * 1024


@pytest.fixture
def server(serve: Callable[..., Any]) -> Any:
    started = serve()
    started.cloud.put(ACCOUNT, REGION, "AWS::S3::Bucket", {"BucketName": "data"})
    return started


@pytest.fixture
def s3(server: Any, client_of: Callable[..., Any]) -> Any:
    return client_of(server, "s3", access_key=ACCOUNT, region=REGION)


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(ClientError) as caught:
        call()
    return str(caught.value.response["Error"]["Code"])


def test_an_object_is_written_read_listed_and_deleted(s3: Any) -> None:
    made = s3.put_object(
        Bucket="data", Key="a/b c+ü.txt", Body=b"hello", ContentType="text/plain", Metadata={"by": "me"}
    )
    assert made["ETag"] == f'"{hashlib.md5(b"hello").hexdigest()}"'

    found = s3.get_object(Bucket="data", Key="a/b c+ü.txt")
    assert found["Body"].read() == b"hello"
    assert (found["ContentType"], found["Metadata"], found["ContentLength"]) == ("text/plain", {"by": "me"}, 5)
    assert found["ChecksumCRC32"] == base64.b64encode(zlib.crc32(b"hello").to_bytes(4, "big")).decode()
    head = s3.head_object(Bucket="data", Key="a/b c+ü.txt")
    assert (head["ContentLength"], head["ETag"], head["Metadata"]) == (5, made["ETag"], {"by": "me"})
    (listed,) = s3.list_objects_v2(Bucket="data")["Contents"]
    assert (listed["Key"], listed["Size"], listed["ETag"]) == ("a/b c+ü.txt", 5, made["ETag"])
    assert s3.head_bucket(Bucket="data")["BucketRegion"] == REGION

    s3.delete_object(Bucket="data", Key="a/b c+ü.txt")
    s3.delete_object(Bucket="data", Key="a/b c+ü.txt")
    assert code_of(lambda: s3.get_object(Bucket="data", Key="a/b c+ü.txt")) == "NoSuchKey"
    assert code_of(lambda: s3.head_object(Bucket="data", Key="a/b c+ü.txt")) == "404"
    assert s3.list_objects_v2(Bucket="data")["KeyCount"] == 0


def test_an_object_is_copied(s3: Any) -> None:
    s3.put_object(Bucket="data", Key="from ü", Body=b"hello", ContentType="text/plain", Metadata={"by": "me"})
    source = {"Bucket": "data", "Key": "from ü"}
    s3.copy_object(Bucket="data", Key="same", CopySource=source)
    s3.copy_object(Bucket="data", Key="other", CopySource=source, MetadataDirective="REPLACE", ContentType="text/css")
    s3.delete_object(Bucket="data", Key="from ü")

    same, other = (s3.get_object(Bucket="data", Key=key) for key in ("same", "other"))
    assert (same["Body"].read(), same["ContentType"], same["Metadata"]) == (b"hello", "text/plain", {"by": "me"})
    assert (other["Body"].read(), other["ContentType"], other["Metadata"]) == (b"hello", "text/css", {})
    assert code_of(lambda: s3.copy_object(Bucket="data", Key="k", CopySource=source)) == "NoSuchKey"
    assert code_of(lambda: s3.copy_object(Bucket="data", Key="k", CopySource="data")) == "InvalidArgument"


def test_parts_of_an_object_are_read(s3: Any) -> None:
    body = bytes(range(256)) * 9000
    s3.put_object(Bucket="data", Key="k", Body=body)

    def part(text: str) -> tuple[bytes, int, str]:
        found = s3.get_object(Bucket="data", Key="k", Range=f"bytes={text}")
        return found["Body"].read(), found["ResponseMetadata"]["HTTPStatusCode"], found["ContentRange"]

    middle = 1 << 20
    assert part(f"{middle - 3}-{middle + 2}") == (
        body[middle - 3 : middle + 3],
        206,
        f"bytes {middle - 3}-{middle + 2}/{len(body)}",
    )
    assert part("-4")[0] == body[-4:]
    assert part(f"{len(body) - 2}-")[0] == body[-2:]
    assert part(f"0-{len(body) * 2}")[0] == body
    assert code_of(lambda: part(f"{len(body)}-")) == "InvalidRange"


def test_a_listing_has_pages_and_common_prefixes(s3: Any) -> None:
    keys = ["a/1", "a/2", "b", "c/1/x", "c/1/y", "c/2", "d&<e>"]
    for key in keys:
        s3.put_object(Bucket="data", Key=key, Body=b"")

    pages = s3.get_paginator("list_objects_v2").paginate(Bucket="data", PaginationConfig={"PageSize": 2})
    assert [one["Key"] for page in pages for one in page["Contents"]] == keys
    pages = list(
        s3.get_paginator("list_objects_v2").paginate(Bucket="data", Delimiter="/", PaginationConfig={"PageSize": 1})
    )
    entries = [page.get("CommonPrefixes") or page["Contents"] for page in pages]
    assert [one.get("Prefix") or one.get("Key") for (one,) in entries] == ["a/", "b", "c/", "d&<e>"]
    inside = s3.list_objects_v2(Bucket="data", Prefix="c/", Delimiter="/", StartAfter="c/1/x")
    assert [one["Prefix"] for one in inside["CommonPrefixes"]] == ["c/1/"]
    assert [one["Key"] for one in inside["Contents"]] == ["c/2"]
    assert code_of(lambda: s3.list_objects_v2(Bucket="data", ContinuationToken="?")) == "InvalidArgument"

    gone = s3.delete_objects(Bucket="data", Delete={"Objects": [{"Key": key} for key in [*keys, "none"]]})
    assert [one["Key"] for one in gone["Deleted"]] == [*keys, "none"]
    assert "Contents" not in s3.list_objects_v2(Bucket="data")


def test_an_object_is_uploaded_in_parts(s3: Any, server: Any) -> None:
    upload = s3.create_multipart_upload(Bucket="data", Key="big", ContentType="application/zip")["UploadId"]
    named = {"Bucket": "data", "Key": "big", "UploadId": upload}
    bodies = [b"a" * PART, b"b" * PART, b"c"]
    parts = [
        {"PartNumber": number, "ETag": s3.upload_part(**named, PartNumber=number, Body=body)["ETag"]}
        for number, body in enumerate(bodies, 1)
    ]
    assert "Contents" not in s3.list_objects_v2(Bucket="data")
    for wrong, code in [
        ([parts[1], parts[0]], "InvalidPartOrder"),
        ([{**parts[0], "ETag": '"0"'}], "InvalidPart"),
        ([{"PartNumber": 9, "ETag": '"0"'}], "InvalidPart"),
        ([], "MalformedXML"),
    ]:
        given = {"Parts": wrong}
        assert code_of(lambda given=given: s3.complete_multipart_upload(**named, MultipartUpload=given)) == code  # type: ignore[misc]

    done = s3.complete_multipart_upload(**named, MultipartUpload={"Parts": parts})
    digests = b"".join(hashlib.md5(body).digest() for body in bodies)
    assert done["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-3"'
    found = s3.get_object(Bucket="data", Key="big")
    assert (found["ContentType"], found["Body"].read()) == ("application/zip", b"".join(bodies))
    assert s3.get_object(Bucket="data", Key="big", Range=f"bytes={PART - 1}-{PART}")["Body"].read() == b"ab"
    assert code_of(lambda: s3.upload_part(**named, PartNumber=4, Body=b"")) == "NoSuchUpload"


def test_an_upload_is_aborted_and_small_parts_are_refused(s3: Any, server: Any) -> None:
    upload = s3.create_multipart_upload(Bucket="data", Key="k")["UploadId"]
    named = {"Bucket": "data", "Key": "k", "UploadId": upload}
    parts = [
        {"PartNumber": number, "ETag": s3.upload_part(**named, PartNumber=number, Body=b"x")["ETag"]}
        for number in (1, 2)
    ]
    given = {"Parts": parts}
    assert code_of(lambda: s3.complete_multipart_upload(**named, MultipartUpload=given)) == "EntityTooSmall"
    assert code_of(lambda: s3.upload_part(**named, PartNumber=10_001, Body=b"")) == "InvalidArgument"
    s3.abort_multipart_upload(**named)
    assert code_of(lambda: s3.abort_multipart_upload(**named)) == "NoSuchUpload"
    store = server.cloud._context.store
    assert store._db.execute("SELECT COUNT(*) FROM object_pieces").fetchone() == (0,)


def test_the_transfer_manager_uploads_a_large_file(s3: Any, tmp_path: Any) -> None:
    file = tmp_path / "large.bin"
    file.write_bytes(bytes(range(256)) * (20 * 4096))
    s3.upload_file(str(file), "data", "large")
    s3.download_file("data", "large", str(tmp_path / "back"))

    assert (tmp_path / "back").read_bytes() == file.read_bytes()
    assert s3.head_object(Bucket="data", Key="large")["ETag"].endswith('-3"')


def test_writes_and_reads_have_conditions(s3: Any) -> None:
    tag = s3.put_object(Bucket="data", Key="k", Body=b"1", IfNoneMatch="*")["ETag"]
    assert code_of(lambda: s3.put_object(Bucket="data", Key="k", Body=b"2", IfNoneMatch="*")) == "PreconditionFailed"
    assert code_of(lambda: s3.put_object(Bucket="data", Key="k", Body=b"2", IfMatch='"0"')) == "PreconditionFailed"
    assert code_of(lambda: s3.put_object(Bucket="data", Key="other", Body=b"2", IfMatch=tag)) == "NoSuchKey"
    assert code_of(lambda: s3.get_object(Bucket="data", Key="k", IfNoneMatch=tag)) == "304"
    assert code_of(lambda: s3.get_object(Bucket="data", Key="k", IfMatch='"0"')) == "PreconditionFailed"
    s3.put_object(Bucket="data", Key="k", Body=b"2", IfMatch=tag)
    assert s3.get_object(Bucket="data", Key="k")["Body"].read() == b"2"


def test_a_digest_that_does_not_fit_is_refused(s3: Any) -> None:
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    assert code_of(lambda: s3.put_object(Bucket="data", Key="k", Body=b"x", ChecksumSHA256=wrong)) == "BadDigest"
    assert code_of(lambda: s3.put_object(Bucket="data", Key="k", Body=b"x", ContentMD5="!")) == "InvalidDigest"
    assert "Contents" not in s3.list_objects_v2(Bucket="data")


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_checksums_are_kept_and_given(s3: Any, algorithm: str) -> None:
    made = s3.put_object(Bucket="data", Key="k", Body=b"x", ChecksumAlgorithm=algorithm)
    found = s3.get_object(Bucket="data", Key="k", ChecksumMode="ENABLED")
    assert made[f"Checksum{algorithm}"] == found[f"Checksum{algorithm}"]
    assert found["Body"].read() == b"x"


def test_where_there_is_no_bucket_there_is_no_object(server: Any, s3: Any, client_of: Callable[..., Any]) -> None:
    assert code_of(lambda: s3.put_object(Bucket="none", Key="k", Body=b"")) == "NoSuchBucket"
    assert code_of(lambda: s3.list_objects_v2(Bucket="none")) == "NoSuchBucket"
    assert code_of(lambda: s3.head_bucket(Bucket="none")) == "404"
    stranger = client_of(server, "s3", access_key="444455556666", region=REGION)
    assert code_of(lambda: stranger.put_object(Bucket="data", Key="k", Body=b"")) == "AccessDenied"
    abroad = client_of(server, "s3", access_key=ACCOUNT, region="eu-west-1")
    assert abroad.list_objects_v2(Bucket="data")["KeyCount"] == 0, "boto3 follows the redirection to the Region"


def test_a_bucket_with_objects_is_not_deleted(server: Any, s3: Any, client_of: Callable[..., Any]) -> None:
    control = client_of(server, "cloudcontrol", access_key=ACCOUNT, region=REGION)

    def delete() -> tuple[str, str]:
        token = control.delete_resource(TypeName="AWS::S3::Bucket", Identifier="data")["ProgressEvent"]["RequestToken"]
        event = control.get_resource_request_status(RequestToken=token)["ProgressEvent"]
        return event["OperationStatus"], event.get("StatusMessage", "")

    s3.put_object(Bucket="data", Key="k", Body=b"x")
    assert delete() == ("FAILED", "The bucket you tried to delete is not empty (Service: S3, Status Code: 409)")
    s3.delete_object(Bucket="data", Key="k")
    s3.create_multipart_upload(Bucket="data", Key="begun")
    assert delete()[0] == "SUCCESS"
    assert code_of(lambda: s3.list_objects_v2(Bucket="data")) == "NoSuchBucket"


def test_a_bucket_that_was_removed_by_hand_takes_its_objects_along(server: Any, s3: Any) -> None:
    s3.put_object(Bucket="data", Key="k", Body=b"x")
    server.cloud.remove(ACCOUNT, REGION, "AWS::S3::Bucket", "data")
    server.cloud.put(ACCOUNT, REGION, "AWS::S3::Bucket", {"BucketName": "data"})
    assert s3.list_objects_v2(Bucket="data")["KeyCount"] == 0


def test_the_policy_counts(serve: Callable[..., Any], client_of: Callable[..., Any]) -> None:
    allowed = [
        {"Effect": "Allow", "Action": ["s3:PutObject", "s3:DeleteObject"], "Resource": "arn:aws:s3:::data/mine/*"},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::data"},
    ]
    server = serve(policy=policy_of({"Version": "2012-10-17", "Statement": allowed}))
    server.cloud.put(ACCOUNT, REGION, "AWS::S3::Bucket", {"BucketName": "data"})
    s3 = client_of(server, "s3", access_key=ACCOUNT, region=REGION)

    s3.put_object(Bucket="data", Key="mine/k", Body=b"x")
    s3.create_multipart_upload(Bucket="data", Key="mine/big")
    s3.list_objects_v2(Bucket="data")
    assert code_of(lambda: s3.put_object(Bucket="data", Key="other/k", Body=b"x")) == "AccessDenied"
    with pytest.raises(ClientError, match=r"not authorized to perform: s3:GetObject on resource: arn:aws:s3:::data/mi"):
        s3.get_object(Bucket="data", Key="mine/k")
    given = {"Objects": [{"Key": "mine/k"}, {"Key": "other/k"}]}
    assert code_of(lambda: s3.delete_objects(Bucket="data", Delete=given)) == "AccessDenied"
    assert s3.list_objects_v2(Bucket="data")["KeyCount"] == 1


def test_what_is_not_served_is_refused(s3: Any) -> None:
    source = {"Bucket": "data", "Key": "k"}
    for call in (
        lambda: s3.get_bucket_acl(Bucket="data"),
        lambda: s3.list_objects(Bucket="data"),
        lambda: s3.put_object_tagging(Bucket="data", Key="k", Tagging={"TagSet": []}),
        lambda: s3.upload_part_copy(Bucket="data", Key="k2", CopySource=source, UploadId="u", PartNumber=1),
        lambda: s3.delete_bucket(Bucket="data"),
    ):
        assert code_of(call) == "NotImplemented"


def test_signatures_are_checked(serve: Callable[..., Any], client_of: Callable[..., Any]) -> None:
    from cloudwright.local.api.signatures import SignatureCheck

    server = serve(signatures=SignatureCheck("right"))
    server.cloud.put(ACCOUNT, REGION, "AWS::S3::Bucket", {"BucketName": "data"})
    good = client_of(server, "s3", access_key=ACCOUNT, region=REGION, secret="right")
    good.put_object(Bucket="data", Key="a b/ü", Body=b"x", Metadata={"by": "me"})
    good.upload_fileobj(io.BytesIO(b"x" * (9 * 1024 * 1024)), "data", "big")
    bad = client_of(server, "s3", access_key=ACCOUNT, region=REGION, secret="wrong")
    assert code_of(lambda: bad.get_object(Bucket="data", Key="a b/ü")) == "SignatureDoesNotMatch"


# -- plain HTTP


def ask(server: Any, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(urlsplit(server.endpoint).netloc)
    authorization = signed(ACCOUNT, REGION).replace("/cloudcontrolapi/", "/s3/")
    given = {"Authorization": authorization, **{name.replace("_", "-"): value for name, value in headers.items()}}
    connection.request(method, path, body, given)
    answer = connection.getresponse()
    found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    connection.close()
    return found


def test_the_host_may_name_the_bucket(server: Any, s3: Any) -> None:
    assert ask(server, "PUT", "/a/b?x-id=PutObject", b"hello", Host="data.localhost:80")[0] == 200
    assert s3.get_object(Bucket="data", Key="a/b")["Body"].read() == b"hello"
    assert ask(server, "GET", "/a/b", Host="data.localhost")[2] == b"hello"
    assert b"<Key>a/b</Key>" in ask(server, "GET", "/?list-type=2", Host="data.localhost")[2]


CHUNKS = b"5;chunk-signature=ab\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:%s\r\n\r\n"


def test_a_body_comes_in_chunks_with_a_trailer(server: Any, s3: Any) -> None:
    chunked = {"Content_Encoding": "aws-chunked,gzip", "X_Amz_Content_Sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}
    right = base64.b64encode(zlib.crc32(b"hello world").to_bytes(4, "big"))
    length = {"X_Amz_Decoded_Content_Length": "11"}
    assert ask(server, "PUT", "/data/k", CHUNKS % right, **chunked, **length)[0] == 200
    found = s3.get_object(Bucket="data", Key="k")
    assert (found["Body"].read(), found["ContentEncoding"], found["ChecksumCRC32"]) == (
        b"hello world",
        "gzip",
        right.decode(),
    )

    wrong = base64.b64encode(b"0000")
    assert b"<Code>BadDigest</Code>" in ask(server, "PUT", "/data/k", CHUNKS % wrong, **chunked)[2]
    short = ask(server, "PUT", "/data/k", CHUNKS % right, **chunked, X_Amz_Decoded_Content_Length="12")
    assert b"<Code>IncompleteBody</Code>" in short[2]
    assert b"<Code>IncompleteBody</Code>" in ask(server, "PUT", "/data/k", b"5\r\nhello\r\n", **chunked)[2]
    assert b"<Code>InvalidRequest</Code>" in ask(server, "PUT", "/data/k", b"hello\r\n", **chunked)[2]


def test_an_error_is_s3s_document(server: Any) -> None:
    status, headers, body = ask(server, "GET", "/data/none")
    assert (status, headers["content-type"]) == (404, "application/xml")
    assert body.startswith(b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>NoSuchKey</Code><Message>The specified')
    assert b"<Resource>/data/none</Resource><RequestId>" in body
    for broken in (b"", b"<Delete>", b"<!DOCTYPE x [<!ENTITY a 'b'>]><Delete><Object><Key>&a;</Key></Object>", b"\xff"):
        assert b"<Code>MalformedXML</Code>" in ask(server, "POST", "/data?delete", broken)[2]
    assert b"<Code>KeyTooLongError</Code>" in ask(server, "PUT", "/data/" + "k" * 1025)[2]
    assert b"<Code>InvalidArgument</Code>" in ask(server, "GET", "/data?list-type=2&max-keys=many")[2]


def test_a_presigned_address_is_answered(s3: Any) -> None:
    s3.put_object(Bucket="data", Key="k", Body=b"hello")
    with urllib.request.urlopen(s3.generate_presigned_url("get_object", Params={"Bucket": "data", "Key": "k"})) as got:
        assert got.read() == b"hello"


# -- the model


def test_every_answer_has_botocores_shape(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for name, serve_it in service.OPERATIONS.items():

        def recording(call: Any, members: Any, *, name: str = name, serve_it: Any = serve_it) -> Any:
            found[name].append(serve_it(call, members))
            return found[name][-1]

        monkeypatch.setitem(service.OPERATIONS, name, recording)
    test_an_object_is_written_read_listed_and_deleted(s3)
    test_a_listing_has_pages_and_common_prefixes(s3)
    test_an_object_is_uploaded_in_parts(s3, None)
    test_an_object_is_copied(s3)
    named = {"Bucket": "data", "Key": "k"}
    s3.abort_multipart_upload(**named, UploadId=s3.create_multipart_upload(**named)["UploadId"])

    assert set(found) == set(service.OPERATIONS) == set(service_models()["s3"].operations)
    botocores = botocore.session.get_session().get_service_model("s3")
    for name, documents in found.items():
        model, output = service_models()["s3"], botocores.operation_model(name).output_shape
        for document in documents:
            shown = {one: value for one, value in document.items() if one != "Body"}
            assert list(misfits(model, model.operations[name].output, shown)) == [] if output else not shown
            report = ParamValidator().validate(shown, output) if output else None
            assert not report or not report.has_errors(), (name, report.generate_report())


def test_objects_outlive_the_process(tmp_path: Any) -> None:
    from cloudwright.clock import SystemClock
    from cloudwright.local.cloud import LocalCloud
    from cloudwright.local.store import CloudStore
    from cloudwright.schema.catalog import Catalog

    def cloud() -> LocalCloud:
        return LocalCloud(Catalog.bundled(), clock=SystemClock(), store=CloudStore(tmp_path / "cloud.db"))

    first = cloud()
    first.put(ACCOUNT, REGION, "AWS::S3::Bucket", {"BucketName": "data"})
    assert first.handle("s3", "PutObject", b"hello", ACCOUNT, REGION, "/data/k").status == 200
    first.close()
    second = cloud()
    assert second.handle("s3", "GetObject", b"", ACCOUNT, REGION, "/data/k").body == b"hello"
    second.close()

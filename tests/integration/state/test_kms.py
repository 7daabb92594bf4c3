from __future__ import annotations

from typing import TYPE_CHECKING, Any

import botocore.session
import pytest

from cloudwright.errors import CannotUnseal, StateUnavailable
from cloudwright.state.sealing.keys import FileKeys, PassphraseKeys
from cloudwright.state.sealing.kms import AwsKms, WrappedKeys
from cloudwright.state.sealing.sealer import Sealer, open_sealer
from conformance import s3_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def client_for(endpoint: str) -> Any:
    session = botocore.session.Session()
    session.set_credentials("123456789012", "secret")
    return session.create_client("kms", region_name="us-east-1", endpoint_url=endpoint)


@pytest.fixture(scope="module")
def kms() -> Iterator[Any]:
    with s3_server.running() as endpoint:
        yield client_for(endpoint)


@pytest.fixture
def key_arn(kms: Any) -> str:
    arn: str = kms.create_key()["KeyMetadata"]["Arn"]
    return arn


def sealer(kms: Any, key_arn: str, document: Any = None, *, stage: str = "dev") -> Sealer:
    return Sealer("shop", stage, WrappedKeys(AwsKms(key_arn, "shop", stage, client=kms), document))


def test_a_wrapped_key_opens_on_another_machine(kms: Any, key_arn: str) -> None:
    first = sealer(kms, key_arn)
    sealed, fingerprint = first.seal(b"x", place="p"), first.fingerprint(1)

    second = sealer(kms, key_arn, first.document)

    assert second.unseal(sealed, place="p") == b"x"
    assert second.fingerprint(1) == fingerprint
    assert sealed.startswith("enc:v1:w.")


def test_a_wrapped_key_is_bound_to_its_stage(kms: Any, key_arn: str) -> None:
    first = sealer(kms, key_arn)
    first.fingerprint(1)

    with pytest.raises(CannotUnseal, match="KMS key"):
        sealer(kms, key_arn, first.document, stage="prod").fingerprint(1)


def test_another_kms_key_is_refused(kms: Any, key_arn: str) -> None:
    first = sealer(kms, key_arn)
    first.fingerprint(1)
    other = kms.create_key()["KeyMetadata"]["Arn"]

    with pytest.raises(CannotUnseal, match="KMS key"):
        sealer(kms, other, first.document).fingerprint(1)


def test_values_of_other_keys_are_refused_with_the_way_out(kms: Any, key_arn: str, tmp_path: Path) -> None:
    by_kms = sealer(kms, key_arn)
    sealed = by_kms.seal(b"x", place="p")
    by_file = Sealer("shop", "dev", FileKeys(tmp_path / "key"))

    with pytest.raises(CannotUnseal, match="which is not the one"):
        by_kms.unseal(by_file.seal(b"x", place="p"), place="p")
    with pytest.raises(CannotUnseal, match="another kind of key"):
        sealer(kms, key_arn, by_file.document).fingerprint(1)
    with pytest.raises(CannotUnseal, match="AWS KMS"):
        by_file.unseal(sealed, place="p")
    with pytest.raises(CannotUnseal, match="AWS KMS"):
        Sealer("shop", "dev", PassphraseKeys("pw")).unseal(sealed, place="p")


def test_opening_never_makes_a_key(kms: Any, key_arn: str) -> None:
    sealed = sealer(kms, key_arn).seal(b"x", place="p")
    fresh = sealer(kms, key_arn)

    with pytest.raises(CannotUnseal):
        fresh.unseal(sealed, place="p")

    assert fresh.document == {}


def test_an_endpoint_that_is_not_there_is_an_error_of_the_state() -> None:
    with pytest.raises(StateUnavailable, match="KMS key alias/x"):
        sealer(client_for("http://127.0.0.1:1"), "alias/x").fingerprint(1)


def test_the_environment_chooses_kms() -> None:
    chosen = open_sealer("shop", "dev", environ={"CLOUDWRIGHT_KMS_KEY": "alias/x", "CLOUDWRIGHT_PASSPHRASE": "pw"})

    assert isinstance(chosen._keys, WrappedKeys)

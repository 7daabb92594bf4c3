"""A sealing key wrapped by AWS KMS: the state stores the wrapped key, and whoever may use the KMS key can unwrap it."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any, Protocol

from cloudwright.errors import CannotUnseal, NoCredentials, StateUnavailable
from cloudwright.state.s3.region import ambient_region
from cloudwright.state.sealing.keys import KEY_BYTES, Key

if TYPE_CHECKING:
    from collections.abc import Mapping


class KeyService(Protocol):
    """Wraps and unwraps keys."""

    def generate(self) -> tuple[bytes, bytes]:
        """A new key, in clear and wrapped."""
        ...

    def unwrap(self, wrapped: bytes) -> bytes:
        """The key in clear.

        Raises:
            CannotUnseal: The credentials may not, or the wrapped key belongs to another state.
        """
        ...


class WrappedKeys:
    """The key that the state stores wrapped; implements `Keys`.

    Unlike a passphrase's key, it can't be derived without `document`, so that must be stored before anything sealed
    with it.
    """

    def __init__(
        self, service: KeyService, document: Mapping[str, object] | None = None, *, state: str = "this state"
    ) -> None:
        """Nothing is unwrapped yet."""
        self._state = state
        self._service = service
        self._document = dict(document or {})
        self._key: Key | None = None

    def current(self) -> Key:
        """The state's key; a new one for a state that has none."""
        if self._key is None:
            self._key = self._unwrapped() if self._document else self._new()
        return self._key

    def find(self, key_id: str) -> Key:
        """The state's key, if it has this id."""
        if not self._document or self.current().id != key_id:
            raise CannotUnseal(
                f"the sealed value names key {key_id}, which is not the one that {self._state} keeps wrapped",
                hint="values sealed with a key file or a passphrase need that key: unset $CLOUDWRIGHT_KMS_KEY",
            )
        return self.current()

    @property
    def document(self) -> Mapping[str, object]:
        """The wrapped key and its id."""
        return self._document

    def _new(self) -> Key:
        secret, wrapped = self._service.generate()
        key = Key(_key_id(wrapped), secret)
        self._document = {"kind": "kms", "key": key.id, "wrapped": base64.b64encode(wrapped).decode()}
        return key

    def _unwrapped(self) -> Key:
        try:
            wrapped = base64.b64decode(str(self._document["wrapped"]), validate=True)
        except (KeyError, ValueError) as error:
            raise CannotUnseal(
                f"{self._state} is sealed with another kind of key than KMS", hint="unset $CLOUDWRIGHT_KMS_KEY"
            ) from error
        return Key(_key_id(wrapped), self._service.unwrap(wrapped))


class AwsKms:
    """AWS KMS as a `KeyService`: GenerateDataKey and Decrypt, bound to app and stage by the encryption context.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html
    """

    def __init__(self, key_id: str, app: str, stage: str, *, client: Any = None) -> None:
        """Name a KMS key; nothing is sent yet.

        Args:
            key_id: The key's id, ARN or alias.
            app: The app's name.
            stage: The stage's name.
            client: A botocore client for KMS; one from the environment by default.
        """
        self._key_id = key_id
        self._context = {"cloudwright:app": app, "cloudwright:stage": stage}
        self._client = client

    def generate(self) -> tuple[bytes, bytes]:
        """A new key, in clear and wrapped."""
        answer = self._ask("generate_data_key", KeyId=self._key_id, NumberOfBytes=KEY_BYTES)
        return answer["Plaintext"], answer["CiphertextBlob"]

    def unwrap(self, wrapped: bytes) -> bytes:
        """The key in clear."""
        plaintext: bytes = self._ask("decrypt", KeyId=self._key_id, CiphertextBlob=wrapped)["Plaintext"]
        return plaintext

    def _ask(self, operation: str, **arguments: object) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

        try:
            self._client = self._client or _kms_client(self._key_id)
            return getattr(self._client, operation)(EncryptionContext=self._context, **arguments)
        except NoCredentialsError as error:
            raise NoCredentials(f"no AWS credentials for the KMS key {self._key_id}") from error
        except ClientError as error:
            answer = error.response["Error"]
            raise CannotUnseal(
                f"KMS key {self._key_id}: {answer.get('Code')}: {answer.get('Message')}",
                hint="the credentials need kms:GenerateDataKey and kms:Decrypt on the KMS key that the state of "
                f"{'/'.join(self._context.values())} uses",
            ) from error
        except BotoCoreError as error:
            hint = "check the network and the Region"
            raise StateUnavailable(f"KMS key {self._key_id}: {error}", hint=hint) from error


def _key_id(wrapped: bytes) -> str:
    return f"w.{hashlib.sha256(wrapped).hexdigest()[:16]}"


def _kms_client(key_id: str) -> Any:
    import botocore.session

    session = botocore.session.get_session()
    # An ARN names the key's Region: arn:aws:kms:REGION:ACCOUNT:key/ID.
    region = key_id.split(":")[3] if key_id.startswith("arn:") else ambient_region(session)
    return session.create_client("kms", region_name=region)

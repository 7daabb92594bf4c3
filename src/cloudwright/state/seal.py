"""Secrets at rest: a keyed fingerprint where comparing is enough, sealed bytes where the value is needed again."""

from __future__ import annotations

import base64
import hmac
import os
import secrets
from typing import TYPE_CHECKING, Any

from cloudwright.errors import CannotUnseal, StateError
from cloudwright.secret import MARKER, Secret
from cloudwright.state.codec import canonical
from cloudwright.state.keys import find_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudwright.state.keys import Keys

PREFIX = "enc:v1:"
"""Starts every sealed value: `enc:v1:KEY_ID:NONCE:CIPHERTEXT`."""

NONCE_BYTES = 12
"""What AES-GCM is made for (NIST SP 800-38D, 8.2)."""


class Sealer:
    """Seals, opens and fingerprints for one app and stage."""

    def __init__(self, app: str, stage: str, keys: Keys) -> None:
        """Bind the keys to a state.

        Args:
            app: The app's name.
            stage: The stage's name.
            keys: Where the key comes from; asked when it is first needed.
        """
        self._app = app
        self._stage = stage
        self._keys = keys

    @property
    def document(self) -> Mapping[str, object]:
        """What the state must keep (`PutSealing`) as soon as it is not empty, which the first use may change."""
        return self._keys.document

    def fingerprint(self, value: object, place: str = "") -> str:
        """A digest that only the key's owner can make, so that even a four-digit PIN can't be guessed from it.

        Args:
            value: JSON, in clear.
            place: Where equal values shall have equal fingerprints, such as a resource type.

        Returns:
            The key's id and a digest; fingerprints of different keys differ in the id.
        """
        key = self._keys.current()
        text = canonical([place, value])
        digest = hmac.new(key.derive(f"fingerprint\0{self._app}\0{self._stage}"), text.encode(), "sha256")
        return f"{key.id}:{digest.hexdigest()[:32]}"

    def seal(self, plaintext: bytes, *, place: str) -> str:
        """Encrypt bytes so that they can be opened only at this place of this state.

        Args:
            plaintext: What to hide.
            place: The key and pointer (or another fixed name) that the value belongs to.

        Returns:
            `enc:v1:KEY_ID:NONCE:CIPHERTEXT`.
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key = self._keys.current()
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(key.derive(self._purpose)).encrypt(nonce, plaintext, self._bound_to(place))
        return f"{PREFIX}{key.id}:{_encode(nonce)}:{_encode(sealed)}"

    def unseal(self, text: str, *, place: str) -> bytes:
        """Decrypt what `seal` made at the same place.

        Args:
            text: The sealed value.
            place: The place it was sealed for.

        Raises:
            CannotUnseal: Another key, another place, or a damaged value.
        """
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key_id, nonce, sealed = _parts(text, place)
        key = self._keys.find(key_id)
        try:
            return AESGCM(key.derive(self._purpose)).decrypt(nonce, sealed, self._bound_to(place))
        except (InvalidTag, ValueError):
            raise CannotUnseal(
                f"the sealed value of {place} in {self._app}/{self._stage} does not open; nothing was overwritten",
                hint="the passphrase is wrong, or the value was moved from another place, or it is damaged",
            ) from None

    def mask(self, document: Any, *, place: str = "", paths: Iterable[str] = ()) -> Any:
        """A copy of a document in which every secret is a fingerprint.

        Args:
            document: JSON with `Secret` objects.
            place: See `fingerprint`. The same for a whole document: an item that only moves keeps its fingerprint.
            paths: JSON pointers of values that are secret though not marked; `*` stands for any one step.
        """
        return self._masked(document, place, [tuple(path.split("/")[1:]) for path in paths])

    def _masked(self, value: Any, place: str, paths: list[tuple[str, ...]]) -> Any:
        if isinstance(value, Secret):
            return {MARKER: self.fingerprint(value.reveal(), place)}
        if () in paths and not is_masked(value):
            return {MARKER: self.fingerprint(reveal(value), place)}
        if isinstance(value, dict):
            return {name: self._masked(each, place, _below(paths, _escape(name))) for name, each in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._masked(each, place, _below(paths, str(index))) for index, each in enumerate(value)]
        return value

    @property
    def _purpose(self) -> str:
        return f"seal\0{self._app}\0{self._stage}"

    def _bound_to(self, place: str) -> bytes:
        return canonical([self._app, self._stage, place]).encode()


def open_sealer(
    app: str, stage: str, document: Mapping[str, object] | None = None, *, environ: Mapping[str, str] | None = None
) -> Sealer:
    """The sealer of a state, with the key that the environment names.

    `$CLOUDWRIGHT_KMS_KEY` goes before `$CLOUDWRIGHT_PASSPHRASE`, and that before the user's key file.

    Args:
        app: The app's name.
        stage: The stage's name.
        document: `Snapshot.sealing` of the state.
        environ: The environment variables; the process's own by default.
    """
    environ = os.environ if environ is None else environ
    if kms_key := environ.get("CLOUDWRIGHT_KMS_KEY"):
        from cloudwright.state.kms import AwsKms, WrappedKeys

        return Sealer(app, stage, WrappedKeys(AwsKms(kms_key, app, stage), document))
    return Sealer(app, stage, find_keys(environ, document))


def reveal(document: Any) -> Any:
    """A copy of a document with every secret in clear, for the wire only.

    Raises:
        StateError: It holds a fingerprint, of which no value can be made.
    """
    if isinstance(document, Secret):
        return reveal(document.reveal())
    if is_masked(document):
        raise StateError(
            "a fingerprint stands where a secret's value is needed", hint="declare the secret again in the program"
        )
    if isinstance(document, dict):
        return {name: reveal(value) for name, value in document.items()}
    if isinstance(document, (list, tuple)):
        return [reveal(value) for value in document]
    return document


def contains_secret(document: Any) -> bool:
    """Whether a document holds a `Secret` anywhere."""
    if isinstance(document, dict):
        return any(contains_secret(value) for value in document.values())
    if isinstance(document, (list, tuple)):
        return any(contains_secret(value) for value in document)
    return isinstance(document, Secret)


def is_masked(value: object) -> bool:
    """Whether a value is the marker that stands for a secret."""
    return isinstance(value, dict) and len(value) == 1 and MARKER in value


def is_sealed(value: object) -> bool:
    """Whether a value is what `Sealer.seal` gives back."""
    return isinstance(value, str) and value.startswith(PREFIX)


def _below(paths: list[tuple[str, ...]], step: str) -> list[tuple[str, ...]]:
    return [path[1:] for path in paths if path and path[0] in {step, "*"}]


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _parts(text: str, place: str) -> tuple[str, bytes, bytes]:
    try:
        key_id, nonce, sealed = text.removeprefix(PREFIX).split(":")
        return key_id, _decode(nonce), _decode(sealed)
    except ValueError:
        raise CannotUnseal(f"the sealed value of {place} is damaged; nothing was overwritten") from None


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

"""Secrets at rest: a keyed fingerprint if the value is only compared, sealed bytes if it is needed again."""

from __future__ import annotations

import base64
import hmac
import os
import secrets
from typing import TYPE_CHECKING, Any

from cloudwright.errors import CannotUnseal, StateError
from cloudwright.secret import SECRET_MARKER, Secret
from cloudwright.state.codec import canonical
from cloudwright.state.sealing.keys import Key, find_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudwright.state.sealing.keys import SealingKeys

PREFIX = "enc:v1:"
"""Prefix of every sealed value: `enc:v1:KEY_ID:NONCE:CIPHERTEXT`."""

FORMER = "former"
"""Member of the sealing document that holds earlier keys, sealed with the current one."""

NONCE_BYTES = 12
"""Length of an AES-GCM nonce in bytes (NIST SP 800-38D, 8.2)."""


class Sealer:
    """Seals, opens and fingerprints for one app and stage."""

    def __init__(
        self,
        app: str,
        stage: str,
        keys: SealingKeys,
        *,
        former: Mapping[str, object] | None = None,
        retained: frozenset[str] = frozenset(),
    ) -> None:
        """Bind the keys to a state.

        Args:
            app: The app's name.
            stage: The stage's name.
            keys: The source of the key; read when it is first needed.
            former: Keys from before a rotation, by id, each sealed with the current one.
            retained: Fingerprints in the state that a former key may have made.
        """
        self._app = app
        self._stage = stage
        self._keys = keys
        self._wrapped = dict(former or {})
        self._retained = retained
        self._opened: dict[str, Key] = {}
        self.successors: dict[str, str] = {}

    @property
    def document(self) -> Mapping[str, object]:
        """What the state must store (`PutSealing`) once it is not empty; the first use may change it."""
        document = {name: value for name, value in self._keys.document.items() if name != FORMER}
        return {**document, FORMER: dict(self._wrapped)} if self._wrapped else document

    @property
    def key(self) -> Key:
        """The key that this state is sealed with."""
        return self._keys.current()

    @property
    def former(self) -> tuple[Key, ...]:
        """The keys that were used before a rotation, and that fingerprints may still come from."""
        return tuple(self._former(key_id) for key_id in self._wrapped)

    def keep_former(self, keys: Iterable[Key]) -> None:
        """Seal earlier keys with the current one, so that its owner can still compare old fingerprints."""
        for key in keys:
            self._wrapped[key.id] = self.seal(key.secret, place=f"{FORMER}/{key.id}")

    def drop_former(self, key_ids: Iterable[str]) -> None:
        """Drop earlier keys; what still needs them can't be compared or opened afterwards."""
        for key_id in key_ids:
            self._wrapped.pop(key_id, None)

    def _former(self, key_id: str) -> Key:
        if key_id not in self._opened:
            secret = self.unseal(str(self._wrapped[key_id]), place=f"{FORMER}/{key_id}")
            self._opened[key_id] = Key(key_id, secret)
        return self._opened[key_id]

    def fingerprint(self, value: object, place: str = "") -> str:
        """A digest that only the key's owner can make, so that even a four-digit PIN can't be guessed from it.

        Args:
            value: JSON, in clear.
            place: The domain in which equal values have equal fingerprints, such as a resource type.

        Returns:
            The key's id and a digest; fingerprints of different keys differ in the id.
        """
        now = self._fingerprint(self._keys.current(), value, place)
        for key in self.former:
            before = self._fingerprint(key, value, place)
            self.successors[before] = now
            if before in self._retained:
                # The state holds the value's earlier fingerprint; a new one would look like a change.
                return before
        return now

    def _fingerprint(self, key: Key, value: object, place: str) -> str:
        text = canonical([place, value])
        digest = hmac.new(key.derive(f"fingerprint\0{self._app}\0{self._stage}"), text.encode(), "sha256")
        return f"{key.id}:{digest.hexdigest()[:32]}"

    def former_fingerprints(self, value: object) -> tuple[str, ...]:
        """The fingerprints that a value had under former keys."""
        return tuple(self._fingerprint(key, value, "") for key in self.former)

    def seal(self, plaintext: bytes, *, place: str) -> str:
        """Encrypt bytes, bound to this place of this state.

        Args:
            plaintext: The bytes to encrypt.
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
            CannotUnseal: The key or the place is another one, or the value is damaged.
        """
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key_id, nonce, sealed = _parts(text, place)
        key = self._former(key_id) if key_id in self._wrapped else self._keys.find(key_id)
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
            paths: JSON pointers of values that are secret but not marked; `*` stands for any one step.
        """
        return self._masked(document, place, [tuple(path.split("/")[1:]) for path in paths])

    def _masked(self, value: Any, place: str, paths: list[tuple[str, ...]]) -> Any:
        if isinstance(value, Secret):
            return {SECRET_MARKER: self.fingerprint(value.reveal(), place)}
        if () in paths and not is_masked(value):
            return {SECRET_MARKER: self.fingerprint(reveal(value), place)}
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
    app: str,
    stage: str,
    document: Mapping[str, object] | None = None,
    *,
    place: str = "",
    environ: Mapping[str, str] | None = None,
    retained: frozenset[str] = frozenset(),
) -> Sealer:
    """The sealer of a state, with the key that the environment names.

    `$CLOUDWRIGHT_KMS_KEY` wins over `$CLOUDWRIGHT_PASSPHRASE`, and that over the user's key file.

    Args:
        app: The app's name.
        stage: The stage's name.
        document: `Snapshot.sealing` of the state.
        place: The address of the state's store, without its password, for messages.
        environ: The environment variables; the process's own by default.
        retained: See `Sealer`.
    """
    environ = os.environ if environ is None else environ
    found = (document or {}).get(FORMER)
    former = found if isinstance(found, dict) else {}
    state = f"the state of {app}/{stage}" + (f" in {place}" if place else "")
    if kms_key := environ.get("CLOUDWRIGHT_KMS_KEY"):
        from cloudwright.state.sealing.kms import AwsKms, WrappedKeys

        keys: SealingKeys = WrappedKeys(AwsKms(kms_key, app, stage), document, state=state)
    else:
        keys = find_keys(environ, document, state=state)
    return Sealer(app, stage, keys, former=former, retained=retained)


def reveal(document: Any) -> Any:
    """A copy of a document with every secret in clear, for the wire only.

    Raises:
        StateError: It holds a fingerprint, from which the value can't be recovered.
    """
    if isinstance(document, Secret):
        return reveal(document.reveal())
    if is_masked(document):
        raise StateError(
            "a secret's value is needed, and only its fingerprint is known",
            hint="declare the secret again in the program",
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
    """Whether a value is the marker of a secret."""
    return isinstance(value, dict) and len(value) == 1 and SECRET_MARKER in value


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

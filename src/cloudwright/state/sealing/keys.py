"""Where the sealing key comes from: a key file of the user's, or a passphrase.

A key's id says how to find the key: `k.` and a digest for a key file, `p.` and the salt for a passphrase (and `w.` for
one that AWS KMS wraps, in `cloudwright.state.sealing.kms`). So a sealed value can be opened, or refused with the right
hint, without anything else from the state.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cloudwright.errors import CannotUnseal, StateUnavailable
from cloudwright.lazy_dataclass import dataclass
from cloudwright.os_errors import machine_error

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY_BYTES = 32
SCRYPT_N = 2**17
"""The work factor of scrypt: 0.4 s and 128 MB, once per run (r = 8, p = 1)."""


@dataclass(frozen=True, slots=True)
class Key:
    """A master key and the public id by which sealed values name it."""

    id: str
    secret: bytes = field(repr=False)

    def derive(self, purpose: str) -> bytes:
        """A key for one purpose only, so that no two uses share one."""
        return hmac.digest(self.secret, purpose.encode(), "sha256")


class SealingKeys(Protocol):
    """A source of keys."""

    def current(self) -> Key:
        """The key to seal with; created when it is first needed.

        Raises:
            CannotUnseal: The available key is not the one that this state uses.
        """
        ...

    def find(self, key_id: str) -> Key:
        """The key of an id; never creates one.

        Raises:
            CannotUnseal: It is not available.
        """
        ...

    @property
    def document(self) -> Mapping[str, object]:
        """What the state stores so that every run and machine uses the same key; empty until one is used."""
        ...


_OTHER_KEY = "name another key file: $CLOUDWRIGHT_KEY_FILE"


class FileKeys:
    """Random keys in a file of the user's (0600), outside the state: one per line, the newest last."""

    def __init__(self, path: Path, document: Mapping[str, object] | None = None, *, state: str = "this state") -> None:
        """Name the file; it is created when a key is first needed."""
        self._path = path
        self._state = state
        self._used = str((document or {}).get("key", ""))
        self._found: dict[str, Key] = {}

    def current(self) -> Key:
        """The key that the state uses; for a state that uses none yet the newest in the file, which may be created.

        It stays the same, whatever other processes add to the file.
        """
        if not self._used:
            if not self._load():
                self._make([secrets.token_bytes(KEY_BYTES)])
            self._used = self._load()[-1].id
        return self.find(self._used)

    def find(self, key_id: str) -> Key:
        """The key in the file, if it has this id."""
        if key_id not in self._found:
            key = next((key for key in self._load() if key.id == key_id), None)
            if key is None:
                raise self._foreign(key_id)
            self._found[key_id] = key
            self._used = self._used or key_id
        return self._found[key_id]

    def renewed(self) -> FileKeys:
        """The same file with one more key, for a state that has none yet."""
        kept = [key.secret for key in self._load()]
        self._make([*kept, secrets.token_bytes(KEY_BYTES)])
        return FileKeys(self._path)

    @property
    def document(self) -> Mapping[str, object]:
        """The kind and the id of the key."""
        return {"kind": "file", "key": self._used} if self._used else {}

    def _load(self) -> list[Key]:
        try:
            text = self._path.read_text("ascii")
        except FileNotFoundError:
            return []
        except OSError as error:
            what = f"the key file {self._path} can't be read"
            raise machine_error(error, what, CannotUnseal, path=self._path, elsewhere=_OTHER_KEY) from error
        except UnicodeDecodeError as error:
            raise CannotUnseal(f"the key file {self._path} is not text", hint=_OTHER_KEY) from error
        return [self._parse(line) for line in text.splitlines() or [""]]

    def _parse(self, text: str) -> Key:
        with contextlib.suppress(ValueError):
            secret = base64.b64decode(text.strip(), validate=True)
            if len(secret) == KEY_BYTES:
                return Key(f"k.{hashlib.sha256(b'cloudwright key id' + secret).hexdigest()[:16]}", secret)
        raise CannotUnseal(
            f"the key file {self._path} contains no key",
            hint=f"each of its lines is {KEY_BYTES} random bytes in base64",
        )

    def _make(self, keys: list[bytes]) -> None:
        draft = self._path.with_name(f".{self._path.name}.{secrets.token_hex(8)}")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.writelines(base64.b64encode(key) + b"\n" for key in keys)
                    file.flush()
                    os.fsync(file.fileno())
                self._publish(draft, keys)
            finally:
                draft.unlink(missing_ok=True)
        except OSError as error:
            what = f"the key file {self._path} can't be created"
            raise machine_error(error, what, StateUnavailable, path=self._path, elsewhere=_OTHER_KEY) from error

    def _publish(self, draft: Path, keys: list[bytes]) -> None:
        if len(keys) > 1:
            draft.replace(self._path)
            return
        with contextlib.suppress(FileExistsError):  # another process was faster: its key counts
            os.link(draft, self._path)

    def _foreign(self, key_id: str) -> CannotUnseal:
        if key_id.startswith("p."):
            return CannotUnseal(f"{self._state} is sealed with a passphrase", hint="set $CLOUDWRIGHT_PASSPHRASE")
        if key_id.startswith("w."):
            return CannotUnseal(f"{self._state} is sealed with an AWS KMS key", hint="set $CLOUDWRIGHT_KMS_KEY")
        return CannotUnseal(
            f"{self._state} is sealed with key {key_id}, which is not in {self._path}",
            hint="copy the key file of the machine that sealed it, and name it in $CLOUDWRIGHT_KEY_FILE",
        )


class PassphraseKeys:
    """Keys derived from a passphrase by scrypt; what the team shares is the passphrase."""

    def __init__(
        self,
        passphrase: str,
        document: Mapping[str, object] | None = None,
        *,
        n: int = SCRYPT_N,
        state: str = "this state",
    ) -> None:
        """Derive nothing yet.

        Args:
            passphrase: The secret.
            document: What the state stores about its key: the id (with the salt) and a check value.
            n: The work factor for a key that is new.
            state: The name of the state in messages.
        """
        self._state = state
        self._passphrase = passphrase.encode()
        self._document = dict(document or {})
        self._n = n
        self._keys: dict[str, Key] = {}

    def current(self) -> Key:
        """The key that the state uses; a new salt for a state that uses none yet."""
        expected = str(self._document.get("key", ""))
        key = self.find(expected or f"p.{self._n.bit_length() - 1}.{_encode(secrets.token_bytes(16))}")
        if not expected:
            self._document = {"kind": "passphrase", "key": key.id, "check": key.derive("check").hex()}
        return key

    def find(self, key_id: str) -> Key:
        """The key of an id, checked against the state's check value."""
        if key_id not in self._keys:
            self._keys[key_id] = self._checked(self._derive(key_id))
        return self._keys[key_id]

    @property
    def document(self) -> Mapping[str, object]:
        """The id with the salt, and the check value."""
        return self._document

    def _derive(self, key_id: str) -> Key:
        kind, _, rest = key_id.partition(".")
        exponent, _, salt = rest.partition(".")
        if kind != "p" or not exponent.isdecimal() or not 1 <= int(exponent) <= 22:
            raise CannotUnseal(
                f"{self._state} is sealed with {'AWS KMS' if kind == 'w' else 'a key file'}, not with a passphrase",
                hint="unset $CLOUDWRIGHT_PASSPHRASE; name the key in $CLOUDWRIGHT_KEY_FILE or $CLOUDWRIGHT_KMS_KEY",
            )
        n = 1 << int(exponent)
        # scrypt needs 128 * n * r bytes; the rest is a margin for its own tables.
        secret = hashlib.scrypt(
            self._passphrase, salt=_decode(salt), n=n, r=8, p=1, maxmem=128 * n * 8 + (1 << 20), dklen=KEY_BYTES
        )
        return Key(key_id, secret)

    def _checked(self, key: Key) -> Key:
        check = str(self._document.get("check", ""))
        if key.id == self._document.get("key") and not hmac.compare_digest(check, key.derive("check").hex()):
            raise CannotUnseal(
                f"the passphrase is not the one that {self._state} is sealed with; nothing was overwritten",
                hint="set $CLOUDWRIGHT_PASSPHRASE to the right one",
            )
        return key


def find_keys(
    environ: Mapping[str, str], document: Mapping[str, object] | None = None, *, state: str = "this state"
) -> PassphraseKeys | FileKeys:
    """The source that the environment names: `$CLOUDWRIGHT_PASSPHRASE`, `$CLOUDWRIGHT_KEY_FILE`, or the default file.

    Args:
        environ: The environment variables.
        document: What the state stores about its key (`Snapshot.sealing`).
        state: The name of the state in messages.
    """
    if passphrase := environ.get("CLOUDWRIGHT_PASSPHRASE"):
        return PassphraseKeys(passphrase, document, state=state)
    return FileKeys(key_file(environ), document, state=state)


def key_file(environ: Mapping[str, str]) -> Path:
    """The user's key file: `$CLOUDWRIGHT_KEY_FILE`, or `cloudwright/keys/default` in `$XDG_DATA_HOME`."""
    if named := environ.get("CLOUDWRIGHT_KEY_FILE"):
        return Path(named)
    data = environ.get("XDG_DATA_HOME") or _home() / ".local" / "share"
    return Path(data) / "cloudwright" / "keys" / "default"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError as error:  # neither $HOME nor an entry in the system's list of users
        raise StateUnavailable(
            "there is no home folder for the key file that secrets are sealed with", hint=f"set $HOME, or {_OTHER_KEY}"
        ) from error


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise CannotUnseal("a sealed value is damaged; nothing was overwritten") from error

"""Keys: what earlier versions stored is found again, and a key file is never damaged."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.errors import CannotUnseal, StateUnavailable
from cloudwright.state.sealing.keys import FileKeys, Key, PassphraseKeys
from cloudwright.state.sealing.kms import AwsKms, WrappedKeys
from cloudwright.state.sealing.sealer import Sealer, open_sealer

if TYPE_CHECKING:
    from pathlib import Path

SECRET = bytes(range(32))
LINE = base64.b64encode(SECRET).decode() + "\n"
FILE_ID = "k.c5920748d01a5c91"
PHRASE_ID = "p.4.AAECAwQFBgcICQoLDA0ODw"
PHRASE_CHECK = "cbc426a30c752f8b0425e8f2006034b71a1bd9bd0e33234b9c50cce4b5756d56"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "default"
    path.parent.mkdir()
    path.write_text(LINE)
    return path


def test_what_a_key_file_sealed_opens_in_every_later_version(path: Path) -> None:
    sealer = Sealer("shop", "dev", FileKeys(path))
    sealed = f"enc:v1:{FILE_ID}:Vn2d8-tU3O1xeE0F:aIU6q4ZDpMeirRFjfULuemW68NY45js"

    assert sealer.key.id == FILE_ID
    assert sealer.fingerprint({"a": 1}, "AWS::A::B") == f"{FILE_ID}:ad902c72ac32c7fe616c033030dd59be"
    assert sealer.unseal(sealed, place="db#/Password") == b"hunter2"


def test_what_a_passphrase_sealed_opens_in_every_later_version() -> None:
    document = {"kind": "passphrase", "key": PHRASE_ID, "check": PHRASE_CHECK}
    sealer = Sealer("shop", "dev", PassphraseKeys("correct horse", document))

    assert sealer.fingerprint("x") == f"{PHRASE_ID}:dd928ecd4cc6abf17427c99e3ecf8e75"
    assert sealer.unseal(f"enc:v1:{PHRASE_ID}:kcdvM-APC1XFOvil:MPmWf035TDTolLBuRfgsdfs", place="p") == b"x"


class Service:
    """A key service that knows one key."""

    def generate(self) -> tuple[bytes, bytes]:
        return SECRET, b"wrapped"

    def unwrap(self, wrapped: bytes) -> bytes:
        assert wrapped == b"wrapped"
        return SECRET


def test_a_wrapped_key_is_made_once_and_found_by_what_the_state_stores() -> None:
    first = WrappedKeys(Service())
    made = first.current()

    assert made == Key("w.adbf45b08ad6468a", SECRET)
    assert first.current() is made
    assert first.document == {"kind": "kms", "key": made.id, "wrapped": "d3JhcHBlZA=="}
    second = WrappedKeys(Service(), first.document)
    assert second.find(made.id) == made
    assert second.current() is second.find(made.id)


@pytest.mark.parametrize("document", [None, {"kind": "kms", "wrapped": "d3JhcHBlZA=="}], ids=["none yet", "another"])
def test_a_wrapped_key_of_another_id_is_not_found(document: dict[str, object] | None) -> None:
    keys = WrappedKeys(Service(), document)

    with pytest.raises(CannotUnseal, match=f"names key {FILE_ID}, which is not the one"):
        keys.find(FILE_ID)
    assert keys.document == (document or {})


@pytest.mark.parametrize(
    "document", [{"kind": "file", "key": FILE_ID}, {"wrapped": "d3Jhc!"}, {"wrapped": "!d3JhcHBlZA=="}]
)
def test_what_is_no_wrapped_key_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(CannotUnseal, match="another kind of key than KMS"):
        WrappedKeys(Service(), document).current()


def test_a_kms_client_that_is_given_is_used() -> None:
    asked: list[dict[str, Any]] = []

    class Client:
        def generate_data_key(self, **arguments: Any) -> dict[str, bytes]:
            asked.append(arguments)
            return {"Plaintext": SECRET, "CiphertextBlob": b"wrapped"}

    assert AwsKms("alias/key", "shop", "dev", client=Client()).generate() == (SECRET, b"wrapped")
    context = {"cloudwright:app": "shop", "cloudwright:stage": "dev"}
    assert asked == [{"KeyId": "alias/key", "NumberOfBytes": 32, "EncryptionContext": context}]


def test_a_key_keeps_its_secret_out_of_logs() -> None:
    assert "secret" not in repr(Key("k.1", SECRET))


def test_a_renewed_key_is_added_to_the_file_and_the_earlier_ones_stay(path: Path) -> None:
    renewed = FileKeys(path).renewed().current()

    assert renewed.id != FILE_ID
    assert path.read_text().startswith(LINE)
    assert len(path.read_text().splitlines()) == 2
    assert FileKeys(path).find(FILE_ID).secret == SECRET
    assert list(path.parent.iterdir()) == [path]


def test_a_run_seals_with_one_key_though_another_process_adds_a_newer_one(path: Path) -> None:
    keys = FileKeys(path)
    first = keys.current()
    FileKeys(path).renewed()

    assert keys.current() == first
    assert keys.document == {"kind": "file", "key": first.id}


def test_opening_a_value_of_an_earlier_key_does_not_make_it_the_key_of_the_state(path: Path) -> None:
    newest = FileKeys(path).renewed().current()
    keys = FileKeys(path, {"kind": "file", "key": newest.id})
    keys.find(FILE_ID)

    assert keys.current() == newest
    assert keys.document == {"kind": "file", "key": newest.id}


def test_the_document_names_the_key_that_was_used_first(path: Path) -> None:
    FileKeys(path).renewed()
    keys = FileKeys(path)
    keys.find(FILE_ID)
    keys.find(keys._load()[-1].id)

    assert keys.document == {"kind": "file", "key": FILE_ID}


def test_a_key_that_is_known_is_found_after_its_file_is_gone(path: Path) -> None:
    keys = FileKeys(path)
    keys.current()
    path.unlink()

    assert keys.find(FILE_ID).secret == SECRET


def test_of_two_processes_that_make_a_key_at_once_both_use_the_first(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.unlink()
    link = os.link

    def late(source: Path, target: Path) -> None:
        target.write_text(LINE)
        link(source, target)

    monkeypatch.setattr(os, "link", late)

    assert FileKeys(path).current().id == FILE_ID
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_takes_no_key_is_left_without_a_draft_of_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    path.unlink()
    monkeypatch.setattr(os, "link", refuse)

    with pytest.raises(StateUnavailable, match="can't be created"):
        FileKeys(path).current()

    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize(
    "line", ["AAAA", LINE.strip() + "!", "!" + LINE.strip(), base64.b64encode(SECRET * 2).decode()]
)
def test_a_line_that_is_no_key_is_refused(path: Path, line: str) -> None:
    path.write_text(f"{LINE}{line}\n")

    with pytest.raises(CannotUnseal, match="contains no key"):
        FileKeys(path).current()


@pytest.mark.parametrize("exponent", ["0", "23", "99", "x", ""])
def test_a_work_factor_that_nobody_would_choose_is_refused_before_it_is_computed(exponent: str) -> None:
    with pytest.raises(CannotUnseal, match="not with a passphrase"):
        PassphraseKeys("correct horse").find(f"p.{exponent}.AAECAw")


def test_the_least_and_the_greatest_work_factor_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def scrypt(_: bytes, **arguments: Any) -> bytes:
        asked.append(arguments)
        return SECRET

    monkeypatch.setattr("hashlib.scrypt", scrypt)
    keys = PassphraseKeys("correct horse")
    for exponent in (1, 22):
        assert keys.find(f"p.{exponent}.AAECAw").secret == SECRET

    # scrypt needs 128 * n * r bytes of memory.
    assert [(each["n"], each["r"], each["p"]) for each in asked] == [(2, 8, 1), (2**22, 8, 1)]
    assert all(2**20 <= each["maxmem"] - 128 * each["n"] * each["r"] < 2**21 for each in asked)
    assert {each["salt"] for each in asked} == {bytes(range(4))}


def test_a_new_passphrase_key_has_a_salt_of_its_own() -> None:
    first, second = (PassphraseKeys("correct horse", n=16).current() for _ in range(2))

    assert first.id != second.id
    assert first.id.startswith("p.4.")
    assert len(base64.urlsafe_b64decode(first.id.split(".")[2] + "==")) == 16


def test_former_keys_are_opened_once_and_their_fingerprints_stay_while_the_state_holds_them(path: Path) -> None:
    former = Sealer("shop", "dev", FileKeys(path))
    kept, other = former.fingerprint("kept"), former.fingerprint("other")
    now = FileKeys(path).renewed()
    sealer = Sealer("shop", "dev", now)
    sealer.keep_former([former.key])
    later = Sealer("shop", "dev", now, former=sealer.document["former"], retained=frozenset({kept}))  # type: ignore[arg-type]

    assert later.fingerprint("kept") == kept
    assert later.fingerprint("other") not in {other, kept}
    assert later.successors[other] == later.fingerprint("other")
    assert later.former == (former.key,)
    assert later.former[0] is later.former[0]


def test_the_environment_of_the_process_chooses_the_key_unless_one_is_given(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDWRIGHT_KEY_FILE", str(path))

    assert open_sealer("shop", "dev").key.id == FILE_ID
    other = open_sealer("shop", "dev", environ={"CLOUDWRIGHT_KEY_FILE": str(path.with_name("other"))})
    assert other.key.id != FILE_ID


def test_former_keys_that_the_state_stores_are_used(path: Path) -> None:
    former = Sealer("shop", "dev", FileKeys(path))
    assert former.key.id == FILE_ID
    sealed = former.seal(b"x", place="p")
    sealer = Sealer("shop", "dev", FileKeys(path).renewed())
    sealer.keep_former([former.key])
    path.write_text(path.read_text().removeprefix(LINE))
    environ = {"CLOUDWRIGHT_KEY_FILE": str(path)}

    assert open_sealer("shop", "dev", sealer.document, environ=environ).unseal(sealed, place="p") == b"x"
    for damaged in (None, "x", ["k.1"]):
        document: dict[str, object] = {**sealer.document, "former": damaged}
        assert open_sealer("shop", "dev", document, environ=environ).former == ()


@pytest.mark.parametrize("length", range(1, 18))
def test_a_salt_of_any_length_is_read(length: int) -> None:
    salt = base64.urlsafe_b64encode(bytes(range(length))).decode().rstrip("=")

    assert len(PassphraseKeys("correct horse").find(f"p.1.{salt}").secret) == 32


def test_a_key_file_in_a_folder_that_does_not_exist_is_made_with_its_parents(tmp_path: Path) -> None:
    assert FileKeys(tmp_path / "a" / "b" / "key").current().id.startswith("k.")

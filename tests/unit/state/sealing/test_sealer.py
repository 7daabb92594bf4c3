from __future__ import annotations

import itertools
import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.errors import CannotUnseal, StateError, StateUnavailable
from cloudwright.secret import SECRET_MARKER, secret
from cloudwright.state.sealing.keys import FileKeys, PassphraseKeys, find_keys, key_file
from cloudwright.state.sealing.sealer import Sealer, contains_secret, open_sealer, reveal

if TYPE_CHECKING:
    from pathlib import Path

FAST = 2**4
"""A work factor of scrypt for tests."""


@pytest.fixture
def sealer(tmp_path: Path) -> Sealer:
    return Sealer("shop", "dev", FileKeys(tmp_path / "keys" / "default"))


def test_what_is_sealed_opens_at_its_place(sealer: Sealer) -> None:
    sealed = sealer.seal("pässword".encode(), place="db#/Password")

    assert sealed.startswith("enc:v1:k.")
    assert sealer.unseal(sealed, place="db#/Password") == "pässword".encode()


def test_sealing_twice_gives_different_texts(sealer: Sealer) -> None:
    assert sealer.seal(b"x", place="p") != sealer.seal(b"x", place="p")


@pytest.mark.parametrize(
    ("app", "stage", "place"), [("blog", "dev", "p"), ("shop", "prod", "p"), ("shop", "dev", "q"), ("sho", "pdev", "p")]
)
def test_a_sealed_value_cannot_be_moved(tmp_path: Path, sealer: Sealer, app: str, stage: str, place: str) -> None:
    sealed = sealer.seal(b"x", place="p")

    with pytest.raises(CannotUnseal, match=f"the sealed value of {place} in {app}/{stage} does not open"):
        Sealer(app, stage, FileKeys(tmp_path / "keys" / "default")).unseal(sealed, place=place)


@pytest.mark.parametrize("index", [-1, -9, 40])
def test_a_damaged_value_does_not_open(sealer: Sealer, index: int) -> None:
    sealed = sealer.seal(b"some secret bytes", place="p")
    damaged = list(sealed)
    damaged[index] = "A" if damaged[index] != "A" else "B"

    with pytest.raises(CannotUnseal):
        sealer.unseal("".join(damaged), place="p")


@pytest.mark.parametrize("text", ["", "enc:v1:", "enc:v1:k.1:a", "plain", "enc:v1:a:b:c:d"])
def test_what_was_never_sealed_does_not_open(sealer: Sealer, text: str) -> None:
    with pytest.raises(CannotUnseal):
        sealer.unseal(text, place="p")


def test_the_key_file_is_made_when_it_is_first_needed_and_is_private(tmp_path: Path, sealer: Sealer) -> None:
    path = tmp_path / "keys" / "default"
    assert sealer.document == {}
    assert not path.exists()

    sealer.fingerprint("x")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]
    assert sealer.document["kind"] == "file"
    assert path.read_text().strip() not in str(sealer.document)


def test_opening_never_makes_a_key(tmp_path: Path) -> None:
    sealed = Sealer("shop", "dev", FileKeys(tmp_path / "one")).seal(b"x", place="p")

    with pytest.raises(CannotUnseal, match=r"which is not in .*two") as raised:
        Sealer("shop", "dev", FileKeys(tmp_path / "two")).unseal(sealed, place="p")

    assert "CLOUDWRIGHT_KEY_FILE" in str(raised.value.hint)
    assert not (tmp_path / "two").exists()


def test_a_state_that_uses_another_key_is_not_sealed_with_a_new_one(tmp_path: Path) -> None:
    first = Sealer("shop", "dev", FileKeys(tmp_path / "one"))
    first.fingerprint("x")

    with pytest.raises(CannotUnseal, match="this state is sealed with key"):
        Sealer("shop", "dev", FileKeys(tmp_path / "two", first.document)).fingerprint("x")

    assert not (tmp_path / "two").exists()


def test_a_key_file_that_holds_no_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("hello")

    with pytest.raises(CannotUnseal, match="contains no key"):
        Sealer("shop", "dev", FileKeys(tmp_path / "key")).fingerprint("x")


def test_a_key_file_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises((StateUnavailable, CannotUnseal), match="file/key"):
        Sealer("shop", "dev", FileKeys(tmp_path / "file" / "key")).fingerprint("x")


def test_a_passphrase_opens_on_another_machine() -> None:
    first = Sealer("shop", "dev", PassphraseKeys("correct horse", n=FAST))
    sealed, fingerprint = first.seal(b"x", place="p"), first.fingerprint(1234)

    second = Sealer("shop", "dev", PassphraseKeys("correct horse", first.document))

    assert second.unseal(sealed, place="p") == b"x"
    assert second.fingerprint(1234) == fingerprint


def test_a_passphrase_opens_even_if_the_state_forgot_its_salt() -> None:
    sealed = Sealer("shop", "dev", PassphraseKeys("correct horse", n=FAST)).seal(b"x", place="p")

    assert Sealer("shop", "dev", PassphraseKeys("correct horse", n=FAST)).unseal(sealed, place="p") == b"x"


def test_a_wrong_passphrase_is_refused_before_anything_is_sealed() -> None:
    first = Sealer("shop", "dev", PassphraseKeys("correct horse", n=FAST))
    first.fingerprint("x")

    with pytest.raises(CannotUnseal, match="the passphrase is not the one"):
        Sealer("shop", "dev", PassphraseKeys("battery staple", first.document)).seal(b"x", place="p")


def test_a_wrong_key_names_the_state_and_its_place(tmp_path: Path) -> None:
    phrase, file = PassphraseKeys("correct horse", n=FAST), FileKeys(tmp_path / "key")
    wrong = {"CLOUDWRIGHT_PASSPHRASE": "battery staple"}, {"CLOUDWRIGHT_KEY_FILE": str(tmp_path / "other")}
    documents = [(keys.current(), keys.document)[1] for keys in (phrase, file)]

    for document, environ in itertools.product(documents, wrong):
        with pytest.raises(CannotUnseal, match=r"the state of shop/prod in s3://team/states is sealed with"):
            open_sealer("shop", "prod", document, place="s3://team/states", environ=environ).fingerprint("x")


def test_the_document_of_a_passphrase_does_not_tell_it() -> None:
    keys = PassphraseKeys("correct horse", n=FAST)
    key = keys.current()

    assert "correct horse" not in str(keys.document)
    assert key.secret.hex() not in str(keys.document)
    assert key.secret.hex() not in repr(key)


def test_key_files_and_passphrases_point_to_each_other(tmp_path: Path) -> None:
    by_file = Sealer("shop", "dev", FileKeys(tmp_path / "key")).seal(b"x", place="p")
    by_phrase = Sealer("shop", "dev", PassphraseKeys("pw", n=FAST)).seal(b"x", place="p")

    with pytest.raises(CannotUnseal, match="sealed with a key file") as raised:
        Sealer("shop", "dev", PassphraseKeys("pw", n=FAST)).unseal(by_file, place="p")
    assert "CLOUDWRIGHT_KEY_FILE" in str(raised.value.hint)
    with pytest.raises(CannotUnseal, match="sealed with a passphrase"):
        Sealer("shop", "dev", FileKeys(tmp_path / "key")).unseal(by_phrase, place="p")


def test_the_environment_chooses_the_key(tmp_path: Path) -> None:
    data, named = {"XDG_DATA_HOME": str(tmp_path)}, {"CLOUDWRIGHT_KEY_FILE": str(tmp_path / "k")}

    assert key_file(data) == tmp_path / "cloudwright" / "keys" / "default"
    assert key_file({**data, **named}) == tmp_path / "k"
    assert key_file({}).parts[-5:] == (".local", "share", "cloudwright", "keys", "default")
    assert isinstance(find_keys({"CLOUDWRIGHT_PASSPHRASE": "x", **named}), PassphraseKeys)
    assert open_sealer("a", "b", environ=named).fingerprint(1).startswith("k.")


def test_fingerprints_compare_values_by_meaning(sealer: Sealer) -> None:
    assert sealer.fingerprint({"a": 1, "b": [2]}) == sealer.fingerprint({"b": [2], "a": 1})
    assert len({sealer.fingerprint(value) for value in (1, "1", [1], None, True, {"a": 1})}) == 6
    assert sealer.fingerprint("x", "AWS::A::B") != sealer.fingerprint("x", "AWS::A::C")


def test_fingerprints_of_other_states_or_keys_do_not_compare(tmp_path: Path, sealer: Sealer) -> None:
    keys = FileKeys(tmp_path / "keys" / "default")
    others = [
        Sealer("shop", "prod", keys),
        Sealer("blog", "dev", keys),
        Sealer("shop", "dev", FileKeys(tmp_path / "k")),
    ]

    assert sealer.fingerprint("x") not in {other.fingerprint("x") for other in others}


def test_masking_replaces_secrets_and_nothing_else(sealer: Sealer) -> None:
    document = {"User": "anna", "Password": secret("hunter2"), "List": [1, {"Key": secret({"a": ["b"]})}], "No": None}

    masked = sealer.mask(document)

    assert masked == {
        "User": "anna",
        "Password": {SECRET_MARKER: sealer.fingerprint("hunter2")},
        "List": [1, {"Key": {SECRET_MARKER: sealer.fingerprint({"a": ["b"]})}}],
        "No": None,
    }
    assert contains_secret(document)
    assert not contains_secret(masked)
    assert sealer.mask(masked) == masked


@pytest.mark.parametrize(
    ("path", "masked"),
    [
        ("/Password", {"Password": "M", "Users": [{"Key": "a"}, {"Key": "b"}], "a/b": "c"}),
        ("/Users/*/Key", {"Password": "p", "Users": [{"Key": "M"}, {"Key": "M"}], "a/b": "c"}),
        ("/Users/1", {"Password": "p", "Users": [{"Key": "a"}, "M"], "a/b": "c"}),
        ("/a~1b", {"Password": "p", "Users": [{"Key": "a"}, {"Key": "b"}], "a/b": "M"}),
        ("/Missing", {"Password": "p", "Users": [{"Key": "a"}, {"Key": "b"}], "a/b": "c"}),
        ("", "M"),
    ],
)
def test_masking_by_pointers(sealer: Sealer, path: str, masked: Any) -> None:
    def simplified(value: Any) -> Any:
        if isinstance(value, dict):
            return "M" if SECRET_MARKER in value else {name: simplified(each) for name, each in value.items()}
        return [simplified(each) for each in value] if isinstance(value, list) else value

    document = {"Password": "p", "Users": [{"Key": "a"}, {"Key": "b"}], "a/b": "c"}

    result = sealer.mask(document, paths=[path])

    assert simplified(result) == masked
    assert sealer.mask(result, paths=[path]) == result


def test_revealing_gives_the_document_of_the_wire() -> None:
    document = {"Password": secret("hunter2"), "List": [secret([secret(1)])], "Plain": (1, None)}

    assert reveal(document) == {"Password": "hunter2", "List": [[1]], "Plain": [1, None]}


def test_a_fingerprint_never_reaches_the_wire(sealer: Sealer) -> None:
    with pytest.raises(StateError, match="only its fingerprint is known"):
        reveal({"List": [sealer.mask({"a": secret("x")})]})


def test_fingerprints_need_no_cryptography_package() -> None:
    code = """
import sys
from cloudwright.state.sealing.keys import PassphraseKeys
from cloudwright.state.sealing.sealer import Sealer
Sealer("a", "b", PassphraseKeys("x", n=16)).fingerprint("x")
assert "cryptography" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": os.pathsep.join(sys.path)})

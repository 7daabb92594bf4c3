"""Sources that look like what can be converted, and are not: each with the step that makes it so."""

from __future__ import annotations

from pathlib import Path

from cloudwright.errors import ProgramError

_TERRAFORM = "terraform show -json > state.json, and name state.json"


def refuse_other_kinds(origin: str) -> None:
    """Refuse what another step has to come before.

    Args:
        origin: A file or folder, which may not exist.

    Raises:
        ProgramError: It is an address, a configuration of Terraform's, a CDK app, or a part of a cloud assembly.
    """
    source = Path(origin)
    if source.is_dir():
        _refuse_folder(source)
    elif "://" in origin:
        raise ProgramError(f"{origin} is an address, not a file", hint="download the template, and name its file")
    elif source.suffix == ".tf":
        raise ProgramError(f"{source} is Terraform's configuration, not its state", hint=_TERRAFORM)
    elif source.name == "manifest.json" and source.is_file():
        raise ProgramError(f"{source} is a part of a cloud assembly", hint=f"name its folder: {source.parent}")


def _refuse_folder(folder: Path) -> None:
    if any(folder.glob("*.tf")):
        raise ProgramError(f"{folder} contains Terraform's configuration, not its state", hint=_TERRAFORM)
    if (folder / "cdk.json").is_file():
        hint = "run `cdk synth` in it, and name its folder cdk.out"
        raise ProgramError(f"{folder} is a CDK app, not what it synthesizes", hint=hint)
    if any((folder / name).exists() for name in ("tree.json", "cdk.out")) or any(folder.glob("*.template.json")):
        raise ProgramError(f"{folder} is a cloud assembly without manifest.json", hint="run `cdk synth` again")

"""AMIs and their snapshots. Documents use the names of EC2's API (`Image`, `Snapshot`)."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass
from cloudwright.local.documents import StoredDocument
from cloudwright.local.protocols.xml import iso_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.local.context import CloudContext
    from cloudwright.local.rows import AccountRegion

AMI = "ami"
SNAPSHOT = "snapshot"
"""The kinds of the documents."""

INSTANCE = "AWS::EC2::Instance"

_DEFAULT_SIZE = 8
"""Default size of a root volume, in GB."""


@dataclass(frozen=True, slots=True)
class NewAmi:
    """An AMI to create.

    Attributes:
        name: Unique in its account and Region by convention; not checked here, although EC2 refuses a second one.
        description: May be empty.
        tags: By key.
        devices: Block devices in EC2's names: `DeviceName`, `Ebs`.
        key: The KMS key of its snapshots; empty without one.
        encrypted: Whether its snapshots are encrypted.
        architecture: Such as `x86_64`.
        windows: Whether its platform is Windows.
        source: The id of the AMI that it is a copy of; empty for an original.
        source_region: The Region of that AMI.
        watermarks: Its watermarks.
    """

    name: str
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    devices: tuple[Mapping[str, Any], ...] = ()
    key: str = ""
    encrypted: bool = False
    architecture: str = "x86_64"
    windows: bool = False
    source: str = ""
    source_region: str = ""
    watermarks: tuple[str, ...] = ()


def make_ami(context: CloudContext, place: AccountRegion, new: NewAmi, at: float, *salt: object) -> StoredDocument:
    """Create an AMI with its snapshots, immediately.

    Args:
        context: Stores it.
        place: Its owner and Region.
        new: Its properties.
        at: The time, in seconds since the epoch.
        salt: Makes its id differ from others'.
    """
    id = new_id(context, "ami", place, *salt)
    devices = [_device(context, place, new, device, id, number, at) for number, device in enumerate(_devices(new))]
    content = {
        "ImageId": id,
        "OwnerId": place.account,
        "ImageLocation": f"{place.account}/{new.name}",
        "CreationDate": iso_time(at),
        "State": "available",
        "RootDeviceName": devices[0]["DeviceName"],
        "BlockDeviceMappings": devices,
        "LaunchPermissions": [],
    }
    document = StoredDocument(place, AMI, id, content | _platform(new) | _given_properties(new))
    context.store.documents.put(document)
    return document


def _platform(new: NewAmi) -> dict[str, Any]:
    """What instances of the AMI run on."""
    return {
        "Architecture": new.architecture,
        "ImageType": "machine",
        "PlatformDetails": "Windows" if new.windows else "Linux/UNIX",
        "UsageOperation": "RunInstances:0002" if new.windows else "RunInstances",
        "RootDeviceType": "ebs",
        "VirtualizationType": "hvm",
        "Hypervisor": "xen",
        "EnaSupport": True,
        "SriovNetSupport": "simple",
        **({"Platform": "windows"} if new.windows else {}),
    }


def _given_properties(new: NewAmi) -> dict[str, Any]:
    """The properties that its creator chose. EC2 omits empty ones, except the tags."""
    optional = {
        "Description": new.description,
        "SourceImageId": new.source,
        "SourceImageRegion": new.source_region,
        "Watermarks": list(new.watermarks),
    }
    return {"Name": new.name, "Tags": dict(new.tags)} | {name: value for name, value in optional.items() if value}


def new_id(context: CloudContext, prefix: str, place: AccountRegion, *salt: object) -> str:
    """An id in EC2's format: a prefix and 17 hexadecimal digits.

    Args:
        context: Generates it.
        prefix: Such as `snap`.
        place: Its account and Region.
        salt: Makes it differ from others.
    """
    return f"{prefix}-0{context.random(prefix, *place, *salt).getrandbits(64):016x}"


def _devices(new: NewAmi) -> tuple[Mapping[str, Any], ...]:
    return new.devices or ({"DeviceName": "/dev/sda1" if new.windows else "/dev/xvda", "Ebs": {}},)


def _device(
    context: CloudContext,
    place: AccountRegion,
    new: NewAmi,
    device: Mapping[str, Any],
    ami: str,
    number: int,
    at: float,
) -> dict[str, Any]:
    """A block device with its own snapshot."""
    given = dict(device.get("Ebs") or {})
    ebs: dict[str, Any] = {
        "SnapshotId": new_id(context, "snap", place, ami, number),
        "VolumeSize": int(given.get("VolumeSize") or _DEFAULT_SIZE),
        "VolumeType": str(given.get("VolumeType") or "gp3"),
        "DeleteOnTermination": bool(given.get("DeleteOnTermination", True)),
        "Encrypted": bool(new.encrypted or new.key or given.get("Encrypted")),
    }
    key = new.key or str(given.get("KmsKeyId") or "")
    if ebs["Encrypted"] and key:
        ebs["KmsKeyId"] = key
    _make_snapshot(context, place, ebs, f"Copied for DestinationAmi {ami}" if new.source else f"For AMI {ami}", at)
    return {"DeviceName": str(device.get("DeviceName") or "/dev/xvda"), "Ebs": ebs}


def _make_snapshot(
    context: CloudContext, place: AccountRegion, ebs: Mapping[str, Any], description: str, at: float
) -> None:
    id = str(ebs["SnapshotId"])
    content: dict[str, Any] = {
        "SnapshotId": id,
        "Description": description,
        "OwnerId": place.account,
        "State": "completed",
        "Progress": "100%",
        "StartTime": at,
        "VolumeSize": ebs["VolumeSize"],
        "FullSnapshotSizeInBytes": ebs["VolumeSize"] * 2**30,
        "Encrypted": ebs["Encrypted"],
        "StorageTier": "standard",
        "VolumeId": new_id(context, "vol", place, id),
        "Tags": {},
    }
    if "KmsKeyId" in ebs:
        content["KmsKeyId"] = ebs["KmsKeyId"]
    context.store.documents.put(StoredDocument(place, SNAPSHOT, id, content))


def launches(context: CloudContext, region: str) -> dict[str, float]:
    """When an instance was last launched from each AMI, in any account; counts only instances of Cloud Control.

    Args:
        context: Stores instances.
        region: Such as `eu-west-1`.

    Returns:
        Seconds since the epoch, by the AMI's id.
    """
    found: dict[str, float] = {}
    for instance in context.store.of_type(INSTANCE, region):
        id = str(instance.properties.get("ImageId", ""))
        found[id] = max(found.get(id, 0.0), instance.created)
    return found


def snapshots_of(ami: Mapping[str, Any]) -> list[str]:
    """The ids of an AMI's snapshots.

    Args:
        ami: Its content.
    """
    devices = ami.get("BlockDeviceMappings") or ()
    return [str(device["Ebs"]["SnapshotId"]) for device in devices if "SnapshotId" in (device.get("Ebs") or {})]

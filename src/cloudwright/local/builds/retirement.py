"""What a lifecycle action does to an image and its AMIs in every account and Region, when it is due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass
from cloudwright.local.builds.amis import AMI, SNAPSHOT, launches, snapshots_of
from cloudwright.local.builds.build import KIND, build_of
from cloudwright.local.documents import StoredDocument
from cloudwright.local.rows import AccountRegion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudwright.local.builds.build import Build
    from cloudwright.local.context import CloudContext

RETIREMENT = "lifecycle-execution"
"""The kind of the documents."""

IMAGE = "AWS::ImageBuilder::Image"
_ACTIONS = {"AVAILABLE": "AVAILABLE", "DEPRECATED": "DEPRECATE", "DISABLED": "DISABLE", "DELETED": "DELETE"}
_SECONDS = {"DAYS": 86400, "WEEKS": 7 * 86400, "MONTHS": 30 * 86400, "YEARS": 365 * 86400}


@dataclass(frozen=True, slots=True)
class Retirement:
    """Carries out lifecycle executions of one cloud."""

    context: CloudContext

    def carry_out(self, execution: StoredDocument) -> None:
        """Carry out an execution.

        Args:
            execution: An execution that is due; its end is recorded in it.
        """
        at, content = execution.effect_at or 0.0, execution.content
        found = self.context.store.documents.find(execution.place, KIND, content["image"])
        build = build_of(found.content) if found else None
        resources = list(self._amis(build, content, at)) if build else []
        skipped = any(one["state"]["status"] == "SKIPPED" for one in resources)
        if build is not None:
            resources.insert(0, self._image(execution.place, build, content, at, skipped=skipped))
        content |= {"status": "SUCCESS", "ended": at, "resources": resources}
        execution.effect_at = None
        self.context.store.documents.put(execution)

    def delete_amis(self, build: Build) -> None:
        """Deregister a build's AMIs in every account and Region, with their snapshots."""
        for cell in build.cells:
            ami = self.context.store.documents.find(AccountRegion(cell.account, cell.region), AMI, cell.image)
            if ami is not None:
                self._change(ami, "DELETED", 0.0, {"snapshots": True})

    def _image(
        self, place: AccountRegion, build: Build, content: Mapping[str, Any], at: float, *, skipped: bool
    ) -> dict[str, Any]:
        wanted, documents = content["wanted"], self.context.store.documents
        if wanted == "DELETED" and skipped:
            return _entry(place, build.arn, wanted, "SKIPPED", at)
        if wanted == "DELETED":
            resource = self.context.store.find(place, IMAGE, build.arn)
            if resource is not None:
                self.context.store.remove(resource)
        when = content["asked"].get("updateAt")
        build.deprecated = float(when or at) if wanted == "DEPRECATED" else None
        build.status = build.status if when else wanted
        documents.put(StoredDocument(place, KIND, build.arn, build.content()))
        return _entry(place, build.arn, wanted, "SUCCESS", at)

    def _amis(self, build: Build, content: Mapping[str, Any], at: float) -> Iterator[dict[str, Any]]:
        asked = content["asked"]
        included = asked.get("includeResources") or {}
        if build.type != "AMI" or not included.get("amis"):
            return
        rules = (asked.get("exclusionRules") or {}).get("amis") or {}
        for cell in build.cells:
            ami = self.context.store.documents.find(AccountRegion(cell.account, cell.region), AMI, cell.image)
            if ami is None:
                continue
            launched = launches(self.context, cell.region).get(ami.id, 0.0) if "lastLaunched" in rules else 0.0
            excluded = _excluded(ami, rules, at, launched)
            if not excluded:
                self._change(ami, content["wanted"], float(asked.get("updateAt") or at), included)
            entry = _entry(ami.place, ami.id, content["wanted"], "SKIPPED" if excluded else "SUCCESS", at)
            yield entry if not excluded else {**entry, "state": {"status": "SKIPPED", "reason": excluded}}

    def _change(self, ami: StoredDocument, wanted: str, at: float, included: Mapping[str, Any]) -> None:
        documents = self.context.store.documents
        if wanted == "DELETED":
            documents.remove(ami)
            for id in snapshots_of(ami.content) if included.get("snapshots") else ():
                snapshot = documents.find(ami.place, SNAPSHOT, id)
                if snapshot is not None:
                    documents.remove(snapshot)
            return
        if wanted == "AVAILABLE":
            ami.content["State"] = "available"
            ami.content.pop("DeprecationTime", None)
        elif wanted == "DEPRECATED":
            ami.content["DeprecationTime"] = at - at % 60
        else:
            ami.content |= {"State": "disabled", "LaunchPermissions": []}
        documents.put(ami)


def _entry(place: AccountRegion, id: str, wanted: str, status: str, at: float) -> dict[str, Any]:
    return {
        "accountId": place.account,
        "region": place.region,
        "resourceId": id,
        "state": {"status": status},
        "action": {"name": _ACTIONS[wanted]},
        "startTime": at,
        "endTime": at,
    }


def _excluded(ami: StoredDocument, rules: Mapping[str, Any], at: float, launched: float) -> str:
    """Why an AMI is excluded; empty if no rule excludes it."""
    content = ami.content
    shared = {one["UserId"] for one in content["LaunchPermissions"] if "UserId" in one}
    tags = rules.get("tagMap") or {}
    last = rules.get("lastLaunched") or {}
    since = at - last.get("value", 0) * _SECONDS.get(last.get("unit", "DAYS"), 0)
    reasons = {
        "isPublic": bool(rules.get("isPublic")) and {"Group": "all"} in content["LaunchPermissions"],
        "regions": ami.place.region in (rules.get("regions") or ()),
        "sharedAccounts": bool(shared & set(rules.get("sharedAccounts") or ())),
        "lastLaunched": bool(last) and launched >= since,
        "tagMap": bool(tags) and any(content["Tags"].get(key) == value for key, value in tags.items()),
    }
    return next((f"The exclusion rule {name} matches." for name, holds in reasons.items() if holds), "")

"""Refresh the list of AWS Regions that the Image Builder rules check against.

Regions and partitions come from botocore's `partitions.json`. Whether a Region must be enabled first is not in there;
https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html says: Regions launched before 20 March
2019 are enabled by default, later ones of the commercial partition are not. The first set is closed.
"""

from __future__ import annotations

import datetime as dt
import json
import pathlib

import botocore

OUT = pathlib.Path(__file__).parents[1] / "src/cloudwright/imagebuilder/data/regions.json"
ENABLED_BY_DEFAULT = frozenset(
    {
        *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2"),
        *("ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1"),
        *("us-east-1", "us-east-2", "us-west-1", "us-west-2"),
    }
)


def regions() -> dict[str, dict[str, object]]:
    """Region -> its partition and whether an account has to enable it first."""
    path = pathlib.Path(botocore.__file__).parent / "data/partitions.json"
    found: dict[str, dict[str, object]] = {}
    for partition in json.loads(path.read_text())["partitions"]:
        for name in sorted(partition["regions"]):
            if not name.endswith("-global"):
                opt_in = partition["id"] == "aws" and name not in ENABLED_BY_DEFAULT
                found[name] = {"partition": partition["id"], "opt_in": opt_in}
    return found


def main() -> None:
    """Write the data file."""
    document = {
        "source": f"botocore {botocore.__version__} data/partitions.json; opt-in: AWS Account Management reference, "
        "'Enable or disable AWS Regions in your account'",
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "regions": regions(),
    }
    OUT.write_text(json.dumps(document, indent=1) + "\n")
    print(f"{len(regions())} Regions written to {OUT}")


if __name__ == "__main__":
    main()

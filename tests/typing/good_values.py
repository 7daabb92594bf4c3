"""What both type checkers have to accept; checked, never run."""

from __future__ import annotations

import json
from typing import Any, assert_type

from cloudwright import App, Resource, component, outputs, scope, secret, target
from cloudwright.aws import EC2, IAM, RDS, S3, SNS, ImageBuilder, Lambda, Logs, SecretsManager

app = App("typing")

TAGS = [{"Key": "team", "Value": "images"}]
REGIONS: list[ImageBuilder.DistributionConfiguration_Distribution] = [
    {"Region": "us-west-2", "AmiDistributionConfiguration": {"Name": "ami-{{ imagebuilder:buildDate }}"}}
]


def entry(region: str, accounts: list[str]) -> ImageBuilder.DistributionConfiguration_Distribution:
    return {"Region": region, "AmiDistributionConfiguration": {"TargetAccountIds": accounts}}


def document(name: str) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": name}]}


def identifier(resource: Resource) -> str:
    return str(resource.identifier)


@component
def bucket(name: str, **options: Any) -> S3.Bucket:
    return S3.Bucket(name, BucketName=name, Tags=TAGS, **options)


@app.program
async def main() -> dict[str, object]:
    # Attributes, alone and in larger strings, declared and read-only ones.
    logs = S3.Bucket("logs", BucketName="logs", Tags=TAGS)
    role = IAM.Role("role", AssumeRolePolicyDocument=document("*"), RoleName=f"{logs.BucketName}-reader")

    # Outputs of another app are of any type.
    EC2.Subnet("shared", VpcId=(await outputs("network"))["VpcId"], CidrBlock="10.0.9.0/24")
    policy = json.dumps({"Resource": f"{logs.Arn}/*"})
    IAM.Policy("policy", PolicyName="p", PolicyDocument=policy, Roles=[role])
    IAM.Policy("other", PolicyName="p", PolicyDocument=document(logs.Arn), Roles=(role, role.RoleName))
    assert_type(role.Arn, str)
    assert_type(await role, IAM.Role)

    # A resource stands for its identifier; lists and tuples of names do too.
    names = ["subnet-1"]
    vpc = EC2.VPC("vpc", CidrBlock="10.0.0.0/16", Tags=TAGS)
    subnet = EC2.Subnet("subnet", VpcId=vpc, CidrBlock="10.0.0.0/24")
    RDS.DBSubnetGroup("group", DBSubnetGroupDescription="d", SubnetIds=[subnet, "subnet-2", *names])
    RDS.DBSubnetGroup("names", DBSubnetGroupDescription="d", SubnetIds=names)

    # Secrets, also nested; enumerations; what may be left out may be `None`.
    SecretsManager.Secret("secret", SecretString=secret.env("PASSWORD"), Description=None)
    database = RDS.DBInstance("database", MasterUserPassword=secret("x"), AllocatedStorage="20", Port=None)
    Lambda.Function(
        "function",
        Role=role.Arn,
        Code={"S3Bucket": logs, "S3Key": "code.zip"},
        Environment={"Variables": {"PASSWORD": secret("x"), "HOST": database.DBInstanceIdentifier}},
        MemorySize=256,
    )
    Logs.LogGroup("group-logs", RetentionInDays=30)

    # The options; `region` and `target` say where.
    with target(region="eu-west-1") as place, scope("eu"):
        topic = SNS.Topic(
            "topic",
            TopicName="t",
            region="eu-central-1",
            target=place,
            depends_on=[vpc, "scope/key"],
            protect=True,
            retain=True,
            adopt=True,
            ignore_changes="DisplayName",
            replace_on=[vpc.VpcId],
            delete_before_replace=True,
            timeout=60,
            aliases=["old"],
            silence={"IB101": "known"},
        )
    found = SNS.Topic.get("found", topic.TopicArn, region="us-east-1", depends_on=topic)
    assert_type(found, SNS.Topic)
    bucket("mine", protect=True)
    generic = Resource("generic", type="AWS::SNS::Topic", properties={"TopicName": found.TopicName})
    SNS.Topic("shown", DisplayName=f"{generic.Arn} {(await generic).TopicName}")

    # Keywords, a mapping, or whatever a file says.
    ImageBuilder.DistributionConfiguration("keywords", Distributions=REGIONS, Tags={"a": logs.Arn})
    properties: ImageBuilder.DistributionConfiguration_Properties = {"Name": "n", "Distributions": REGIONS}
    ImageBuilder.DistributionConfiguration("mapping", properties, protect=True)
    read: dict[str, Any] = json.loads("{}")
    ImageBuilder.DistributionConfiguration("read", **read)
    ImageBuilder.DistributionConfiguration("loaded", json.loads("{}"))
    distribution = ImageBuilder.DistributionConfiguration(
        "literal",
        {
            "Name": "n",
            "Distributions": [
                entry("us-east-1", ["123456789012"]),
                {"Region": "us-west-2", "AmiDistributionConfiguration": {"LaunchPermission": {"UserIds": names}}},
            ],
        },
    )
    declared: Resource = distribution
    if isinstance(declared, ImageBuilder.DistributionConfiguration):
        return {"Arn": declared.Arn}
    template_ref: str = distribution.ref
    return {"Id": identifier(distribution), "Identifier": found.identifier, "Ref": template_ref}

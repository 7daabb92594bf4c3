"""A golden image, from recipe to lifecycle: built in one Region, distributed to three Regions and four accounts.

python golden_image.py deploy --local
"""

from __future__ import annotations

from cloudwright import App, target
from cloudwright.aws import EC2, IAM, KMS, S3, SNS, ImageBuilder

BUILD = "111111111111"
DEV, STAGE, PROD, DR = "222222222222", "333333333333", "444444444444", "555555555555"
UNIT = "arn:aws:organizations::999999999999:ou/o-a1b2c3d4e5/ou-ab12-cdef3456"
TAGS = {"app": "golden"}
KEY_USE = [
    f"kms:{action}"
    for action in (
        "Encrypt",
        "Decrypt",
        "ReEncrypt*",
        "GenerateDataKey*",
        "DescribeKey",
        "CreateGrant",
        "ListGrants",
        "RevokeGrant",
    )
]

# The accounts that get a copy, by Region.
COPIES = {
    "us-east-1": [DEV, STAGE, PROD, DR],
    "eu-west-1": [STAGE, PROD, DR],
    "ap-southeast-2": [PROD, DR],
}

HARDENING = """\
name: golden-hardening
schemaVersion: 1.0
phases:
  - name: build
    steps:
      - name: Banner
        action: ExecuteBash
        inputs:
          commands:
            - echo golden > /etc/motd
  - name: validate
    steps:
      - name: Check
        action: ExecuteBash
        inputs:
          commands:
            - grep -q golden /etc/motd
"""

app = App("golden-image")


def cross_account_role(name: str, account: str) -> None:
    """Declare the role that Image Builder assumes to copy images to an account, with that account's setup role."""
    with target(role_arn=f"arn:aws:iam::{account}:role/golden-setup", region="us-east-1"):
        IAM.Role(
            f"CrossRole{name}",
            RoleName="EC2ImageBuilderDistributionCrossAccountRole",
            AssumeRolePolicyDocument={
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": f"arn:aws:iam::{BUILD}:root"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            },
            ManagedPolicyArns=["arn:aws:iam::aws:policy/Ec2ImageBuilderCrossAccountDistributionAccess"],
            Policies=[
                {
                    "PolicyName": "kms",
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [{"Sid": "AllowKms", "Effect": "Allow", "Action": KEY_USE, "Resource": "*"}],
                    },
                }
            ],
        )


def key_policy() -> dict[str, object]:
    """Allow the owner everything; let the target accounts use the key and grant its use to their services."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Owner",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{BUILD}:root"},
                "Action": "kms:*",
                "Resource": "*",
            },
            {
                "Sid": "Targets",
                "Effect": "Allow",
                "Principal": {"AWS": [f"arn:aws:iam::{account}:root" for account in (DEV, STAGE, PROD, DR)]},
                "Action": KEY_USE,
                "Resource": "*",
            },
        ],
    }


def trust(service: str) -> dict[str, object]:
    """The trust policy of a role for a service."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def entry(region: str, key: str) -> ImageBuilder.DistributionConfiguration_Distribution:
    """The distribution to one Region."""
    permission: ImageBuilder.DistributionConfiguration_LaunchPermissionConfiguration = {"UserIds": COPIES[region]}
    if region == "us-east-1":
        permission["OrganizationalUnitArns"] = [UNIT]
    return {
        "Region": region,
        "AmiDistributionConfiguration": {
            "Name": "golden-al2023-{{ imagebuilder:buildDate }}",
            "Description": "Golden AL2023",
            "KmsKeyId": key,
            "TargetAccountIds": COPIES[region],
            "LaunchPermissionConfiguration": permission,
            "AmiTags": {"app": "golden", "base": "al2023"},
        },
        "SsmParameterConfigurations": [
            {"ParameterName": "/imagebuilder/golden/al2023", "DataType": "aws:ec2:image"},
        ],
    }


@app.program
async def main() -> dict[str, object]:
    for name, account in {"Dev": DEV, "Stage": STAGE, "Prod": PROD, "Dr": DR}.items():
        cross_account_role(name, account)
    with target(account=BUILD, region="us-east-1"):
        key = KMS.Key(
            "ImageKey",
            Description="Golden AMI volumes",
            MultiRegion=True,
            EnableKeyRotation=True,
            KeyPolicy=key_policy(),
            Tags=[{"Key": "app", "Value": "golden"}],
        )
        with target(region="eu-west-1"):
            key_eu = KMS.ReplicaKey("ImageKeyEuWest1", PrimaryKeyArn=key.Arn, KeyPolicy=key_policy())
        with target(region="ap-southeast-2"):
            key_ap = KMS.ReplicaKey("ImageKeyApSoutheast2", PrimaryKeyArn=key.Arn, KeyPolicy=key_policy())

        logs = S3.Bucket(
            "LogBucket",
            BucketEncryption={
                "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
        )
        builder = IAM.Role(
            "BuilderRole",
            RoleName="golden-builder",
            AssumeRolePolicyDocument=trust("ec2.amazonaws.com"),
            ManagedPolicyArns=[
                "arn:aws:iam::aws:policy/EC2InstanceProfileForImageBuilder",
                "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
            ],
            Policies=[
                {
                    "PolicyName": "logs",
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"{logs.Arn}/*"}],
                    },
                }
            ],
        )
        profile = IAM.InstanceProfile("BuilderProfile", InstanceProfileName="golden-builder", Roles=[builder])
        topic = SNS.Topic("BuildTopic", TopicName="golden-builds")

        hardening = ImageBuilder.Component(
            "Hardening",
            Name="golden-hardening",
            Platform="Linux",
            Version="1.0.0",
            SupportedOsVersions=["Amazon Linux 2023"],
            ChangeDescription="first",
            Data=HARDENING,
            Tags=TAGS,
        )
        recipe = ImageBuilder.ImageRecipe(
            "Recipe",
            Name="golden-al2023",
            Version="1.0.x",
            ParentImage="arn:aws:imagebuilder:us-east-1:aws:image/amazon-linux-2023-x86/x.x.x",
            Components=[
                {"ComponentArn": "arn:aws:imagebuilder:us-east-1:aws:component/update-linux/x.x.x"},
                {"ComponentArn": hardening.Arn},
            ],
            BlockDeviceMappings=[
                {
                    "DeviceName": "/dev/xvda",
                    "Ebs": {
                        "VolumeType": "gp3",
                        "VolumeSize": 20,
                        "Encrypted": True,
                        "DeleteOnTermination": True,
                        "KmsKeyId": key.Arn,
                    },
                }
            ],
            AdditionalInstanceConfiguration={"SystemsManagerAgent": {"UninstallAfterBuild": False}},
            Tags=TAGS,
        )
        infra = ImageBuilder.InfrastructureConfiguration(
            "Infra",
            Name="golden-infra",
            InstanceProfileName=profile,
            InstanceTypes=["m6i.large", "m5.large"],
            TerminateInstanceOnFailure=True,
            SnsTopicArn=topic.TopicArn,
            Logging={"S3Logs": {"S3BucketName": logs, "S3KeyPrefix": "imagebuilder"}},
            InstanceMetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
            ResourceTags=TAGS,
            Tags=TAGS,
        )
        template = EC2.LaunchTemplate(
            "AppTemplate",
            LaunchTemplateName="app-golden",
            LaunchTemplateData={"InstanceType": "m6i.large", "MetadataOptions": {"HttpTokens": "required"}},
            TagSpecifications=[
                {
                    "ResourceType": "launch-template",
                    "Tags": [{"Key": "CreatedBy", "Value": "EC2 Image Builder"}],
                }
            ],
        )

        home = entry("us-east-1", key.Arn)
        home["LaunchTemplateConfigurations"] = [{"LaunchTemplateId": template, "SetDefaultVersion": True}]
        distribution = ImageBuilder.DistributionConfiguration(
            "Distribution",
            Name="golden-distribution",
            Description="Golden AMI to 3 Regions and 4 accounts",
            Distributions=[home, entry("eu-west-1", key_eu.Arn), entry("ap-southeast-2", key_ap.Arn)],
            Tags=TAGS,
        )
        pipeline = ImageBuilder.ImagePipeline(
            "Pipeline",
            Name="golden-pipeline",
            ImageRecipeArn=recipe.Arn,
            InfrastructureConfigurationArn=infra.Arn,
            DistributionConfigurationArn=distribution.Arn,
            EnhancedImageMetadataEnabled=True,
            ImageTestsConfiguration={"ImageTestsEnabled": True, "TimeoutMinutes": 90},
            Schedule={
                "ScheduleExpression": "cron(0 4 ? * sun *)",
                "PipelineExecutionStartCondition": "EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE",
            },
            Status="ENABLED",
            Tags=TAGS,
        )

        keeper = IAM.Role(
            "LifecycleRole",
            RoleName="golden-lifecycle",
            AssumeRolePolicyDocument=trust("imagebuilder.amazonaws.com"),
            ManagedPolicyArns=["arn:aws:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy"],
        )
        # The policy selects the recipe by name, not by reference, so the order has to be declared.
        ImageBuilder.LifecyclePolicy(
            "Lifecycle",
            Name="golden-lifecycle",
            ResourceType="AMI_IMAGE",
            Status="ENABLED",
            ExecutionRole=keeper.Arn,
            ResourceSelection={"Recipes": [{"Name": "golden-al2023", "SemanticVersion": "1.0.x"}]},
            PolicyDetails=[
                {
                    "Action": {"Type": "DEPRECATE", "IncludeResources": {"Amis": True}},
                    "Filter": {"Type": "AGE", "Value": 30, "Unit": "DAYS"},
                },
                {
                    "Action": {"Type": "DELETE", "IncludeResources": {"Amis": True, "Snapshots": True}},
                    "Filter": {"Type": "AGE", "Value": 6, "Unit": "MONTHS", "RetainAtLeast": 3},
                    "ExclusionRules": {"Amis": {"LastLaunched": {"Value": 30, "Unit": "DAYS"}}},
                },
            ],
            depends_on=recipe,
        )
    return {"Pipeline": pipeline.Arn, "Distribution": distribution.Arn, "Recipe": recipe.Arn}


if __name__ == "__main__":
    app.cli()

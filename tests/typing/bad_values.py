"""What both type checkers have to refuse, and only on the lines that say so; checked, never run."""

from __future__ import annotations

from cloudwright import secret
from cloudwright.aws import EC2, IAM, S3, ImageBuilder, Logs
from cloudwright.aws.control import AWS


def program() -> None:
    from cloudwright.aws import ImageBulder  # error

    good = ImageBuilder.DistributionConfiguration("a", Distributions=[{"Region": "us-west-2"}])

    # A misspelt keyword, nested property, option, attribute, type, service.
    ImageBuilder.DistributionConfiguration("a", Nam="n", Distributions=[])  # error
    ImageBuilder.DistributionConfiguration("a", Distributions=[{"Regin": "us-west-2"}])  # error
    ImageBuilder.DistributionConfiguration("a", Distributions=[{"Region": "x", "AmiDistributionConfig": {}}])  # error
    ImageBuilder.DistributionConfiguration("a", {"Distributions": [{"Region": "x", "AmiDistribution": {}}]})  # error
    ImageBuilder.DistributionConfiguration("a", Distributions=[], depend_on=[])  # error
    ImageBuilder.DistributionConfiguration("a", {"Distributions": []}, protected=True)  # error
    good.Arm  # error
    ImageBuilder.DistributionConfig  # error
    AWS.ImageBuilder.DistributionConfiguration("a", Distributions=[{"Regin": "us-west-2"}])  # error
    AWS.ImageBuilder.DistributionConfig  # error
    AWS.ImageBulder  # error
    S3.Bucket("b", PublicAccessBlockConfiguration={"BlockPublicAcl": True})  # error

    # A wrong type, at the top, nested, in a list, in the mapping, of an option, of an enumeration.
    S3.Bucket("b", BucketName=3)  # error
    S3.Bucket("b", {"BucketName": 3})  # error
    S3.Bucket("b", BucketEncryption=[])  # error
    S3.Bucket("b", PublicAccessBlockConfiguration={"BlockPublicAcls": "yes"})  # error
    IAM.Role("r", AssumeRolePolicyDocument={}, ManagedPolicyArns="arn:aws:iam::aws:policy/One")  # error
    IAM.Role("r", AssumeRolePolicyDocument={}, ManagedPolicyArns=[1])  # error
    ImageBuilder.DistributionConfiguration("a", Distributions={"Region": "us-west-2"})  # error
    ImageBuilder.DistributionConfiguration("a", Distributions=[], Tags=[{"Key": "a", "Value": "b"}])  # error
    S3.Bucket("b", timeout="60")  # error
    S3.Bucket("b", depends_on=3)  # error
    S3.Bucket("b", VersioningConfiguration={"Status": "enabled"})  # error
    Logs.LogGroup("l", RetentionInDays=31)  # error
    EC2.VPC("v", CidrBlock="10.0.0.0/16", EnableDnsSupport="yes")  # error
    S3.Bucket(BucketName="b")  # error
    S3.Bucket.get("b", 3)  # error

    # A missing required property, at the top, nested, in the mapping; `None` is none.
    IAM.Role("r")  # error
    IAM.Role("r", {})  # error
    IAM.Role("r", AssumeRolePolicyDocument=None)  # error
    ImageBuilder.DistributionConfiguration("a", Distributions=[{}])  # error
    S3.Bucket("b", VersioningConfiguration={})  # error

    # A read-only property, given or set; a declared one is not set either.
    S3.Bucket("b", Arn="arn:aws:s3:::b")  # error
    S3.Bucket("b", {"Arn": "arn:aws:s3:::b"})  # error
    good.Arn = "arn"  # error
    good.Name = "n"  # error

    # A secret is not text.
    S3.Bucket("b", BucketName="a" + secret("b"))  # error

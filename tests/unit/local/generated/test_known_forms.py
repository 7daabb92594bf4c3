"""Ids, ARNs and addresses of the most used types have the forms that AWS documents."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from cloudwright.local.generated import known_forms, names
from cloudwright.local.generated.arns import ArnPrefix
from cloudwright.local.generated.values import ValueMaker
from cloudwright.local.model.overrides import overrides
from cloudwright.local.model.paths import MISSING
from cloudwright.local.model.type_index import TypeIndex
from cloudwright.local.model.types import LocalType
from cloudwright.local.model.validation import ModelValidator
from cloudwright.local.rows import AccountRegion
from local_kit import ACCOUNT, REGION, START, catalog

KINDS = TypeIndex(catalog())
HERE = f"{REGION}:{ACCOUNT}"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
BALANCER = f"arn:aws:elasticloadbalancing:{HERE}:loadbalancer/app/web/50dc6c495c0c9188"
LISTENER = f"arn:aws:elasticloadbalancing:{HERE}:listener/app/web/50dc6c495c0c9188/f2f7dc8efc522ab2"
FUNCTION = f"arn:aws:lambda:{HERE}:function:f"

CASES: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    ("AWS::ApiGateway::RestApi", {}, {"RestApiId": "[a-z0-9]{10}", "RootResourceId": "[a-z0-9]{10}"}),
    ("AWS::ApiGateway::Resource", {}, {"ResourceId": "[a-z0-9]{6}"}),
    ("AWS::ApiGatewayV2::Api", {}, {"ApiEndpoint": rf"https://[a-z0-9]{{10}}\.execute-api\.{REGION}\.amazonaws\.com"}),
    ("AWS::CertificateManager::Certificate", {}, {"CertificateArn": rf"arn:aws:acm:{HERE}:certificate/{UUID}"}),
    (
        "AWS::Amplify::App",
        {"Name": "web"},
        {"AppId": "d[a-z0-9]{13}", "AppName": "web", "DefaultDomain": r"d[a-z0-9]{13}\.amplifyapp\.com"},
    ),
    (
        "AWS::AppRunner::Service",
        {"ServiceName": "s"},
        {"ServiceArn": rf"arn:aws:apprunner:{HERE}:service/s/[0-9a-f]{{32}}", "Status": "RUNNING"},
    ),
    (
        "AWS::AppSync::GraphQLApi",
        {},
        {"Arn": rf"arn:aws:appsync:{HERE}:apis/[a-z0-9]{{26}}", "GraphQLUrl": r"https://\w{26}\.appsync-api\..*/graphql"},
    ),
    (
        "AWS::AutoScaling::ScalingPolicy",
        {"AutoScalingGroupName": "g"},
        {"Arn": rf"arn:aws:autoscaling:{HERE}:scalingPolicy:{UUID}:autoScalingGroupName/g:policyName/.+"},
    ),
    ("AWS::CloudFormation::Stack", {"StackName": "s"}, {"StackId": rf"arn:aws:cloudformation:{HERE}:stack/s/{UUID}"}),
    ("AWS::CloudFront::Distribution", {}, {"Id": "E[A-Z2-7]{13}", "DomainName": r"d[a-z0-9]{13}\.cloudfront\.net"}),
    ("AWS::CloudFront::OriginAccessControl", {}, {"Id": "E[A-Z2-7]{13}"}),
    (
        "AWS::Cognito::UserPool",
        {},
        {"UserPoolId": rf"{REGION}_\w{{9}}", "Arn": rf"arn:aws:cognito-idp:{HERE}:userpool/{REGION}_\w{{9}}"},
    ),
    ("AWS::Cognito::UserPoolClient", {"GenerateSecret": True}, {"ClientId": "[a-z0-9]{26}", "ClientSecret": r"\w{51}"}),
    ("AWS::DynamoDB::GlobalTable", {"TableName": "t"}, {"Arn": f"arn:aws:dynamodb:{HERE}:table/t"}),
    (
        "AWS::DynamoDB::Table",
        {"TableName": "t", "StreamSpecification": {}},
        {"StreamArn": rf"arn:aws:dynamodb:{HERE}:table/t/stream/2027-01-15T08:00:00\.000"},
    ),
    ("AWS::EC2::EIP", {}, {"AllocationId": "eipalloc-[0-9a-f]{17}", "PublicIp": r"198\.18\.\d+\.\d+"}),
    ("AWS::EC2::FlowLog", {}, {"Id": "fl-[0-9a-f]{17}"}),
    (
        "AWS::EC2::Instance",
        {},
        {
            "InstanceId": "i-[0-9a-f]{17}",
            "PrivateDnsName": rf"ip(-\d+){{4}}\.{REGION}\.compute\.internal",
            "PublicDnsName": rf"ec2(-\d+){{4}}\.{REGION}\.compute\.amazonaws\.com",
        },
    ),
    ("AWS::EC2::KeyPair", {}, {"KeyPairId": "key-[0-9a-f]{17}", "KeyFingerprint": "([0-9a-f]{2}:){19}[0-9a-f]{2}"}),
    ("AWS::EC2::Route", {"DestinationCidrBlock": "10.1.0.0/16"}, {"CidrBlock": "10.1.0.0/16"}),
    ("AWS::EC2::Route", {"DestinationIpv6CidrBlock": "::/0"}, {"CidrBlock": "::/0"}),
    ("AWS::EC2::SecurityGroupIngress", {}, {"Id": "sgr-[0-9a-f]{17}"}),
    ("AWS::EC2::Subnet", {}, {"SubnetId": "subnet-[0-9a-f]{17}"}),
    ("AWS::EC2::SubnetRouteTableAssociation", {}, {"Id": "rtbassoc-[0-9a-f]{17}"}),
    ("AWS::EC2::VPC", {}, {"VpcId": "vpc-[0-9a-f]{17}"}),
    ("AWS::EC2::VPC", {}, {"CidrBlockAssociations": r"\['vpc-cidr-assoc-[0-9a-f]{17}'\]", "Ipv6CidrBlocks": r"\[\]"}),
    ("AWS::EC2::VPCGatewayAttachment", {"InternetGatewayId": "igw-1"}, {"AttachmentType": "IGW"}),
    ("AWS::EC2::VPCGatewayAttachment", {"VpnGatewayId": "vgw-1"}, {"AttachmentType": "VGW"}),
    ("AWS::ECR::Repository", {"RepositoryName": "r"}, {"RepositoryUri": rf"{ACCOUNT}\.dkr\.ecr\.{REGION}\.amaz.*/r"}),
    ("AWS::ECS::Cluster", {"ClusterName": "c"}, {"Arn": f"arn:aws:ecs:{HERE}:cluster/c"}),
    ("AWS::ECS::Service", {"ServiceName": "s"}, {"ServiceArn": f"arn:aws:ecs:{HERE}:service/default/s"}),
    (
        "AWS::ECS::Service",
        {"ServiceName": "s", "Cluster": f"arn:aws:ecs:{HERE}:cluster/c"},
        {"ServiceArn": f"arn:aws:ecs:{HERE}:service/c/s"},
    ),
    (
        "AWS::EKS::Addon",
        {"ClusterName": "c", "AddonName": "a"},
        {"Arn": rf"arn:aws:eks:{HERE}:addon/c/a/{UUID}"},
    ),
    (
        "AWS::EKS::Nodegroup",
        {"ClusterName": "c", "NodegroupName": "n"},
        {"Id": "c/n", "Arn": rf"arn:aws:eks:{HERE}:nodegroup/c/n/{UUID}"},
    ),
    (
        "AWS::ElastiCache::ReplicationGroup",
        {"ReplicationGroupId": "r"},
        {"PrimaryEndPoint": r".*'r\.[a-z0-9]{6}\.ng\.0001\..*\.cache\.amazonaws\.com'.*'6379'.*"},
    ),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        {"Name": "web", "Type": "network"},
        {"LoadBalancerArn": rf"arn:aws:elasticloadbalancing:{HERE}:loadbalancer/net/web/[0-9a-f]{{16}}"},
    ),
    (
        "AWS::ElasticLoadBalancingV2::Listener",
        {"LoadBalancerArn": BALANCER},
        {"ListenerArn": r"arn:aws:elastic.*:listener/app/web/50dc6c495c0c9188/[0-9a-f]{16}"},
    ),
    (
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        {"ListenerArn": LISTENER},
        {"RuleArn": r"arn:aws:elastic.*:listener-rule/app/web/50dc6c495c0c9188/f2f7dc8efc522ab2/[0-9a-f]{16}"},
    ),
    ("AWS::Events::Rule", {"Name": "r"}, {"Arn": f"arn:aws:events:{HERE}:rule/r"}),
    ("AWS::Events::Rule", {"Name": "r", "EventBusName": "b"}, {"Arn": f"arn:aws:events:{HERE}:rule/b/r"}),
    ("AWS::GuardDuty::Detector", {}, {"Id": "[0-9a-f]{32}"}),
    ("AWS::Glue::Database", {"DatabaseInput": {"Name": "lake"}}, {"DatabaseName": "lake"}),
    ("AWS::IAM::ManagedPolicy", {"ManagedPolicyName": "p"}, {"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/p"}),
    (
        "AWS::IAM::OIDCProvider",
        {"Url": "https://oidc.example.com/id"},
        {"Arn": rf"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc\.example\.com/id"},
    ),
    ("AWS::IAM::Role", {"RoleName": "r"}, {"Arn": f"arn:aws:iam::{ACCOUNT}:role/r", "RoleId": "AROA[A-Z2-7]{17}"}),
    ("AWS::KMS::Key", {}, {"KeyId": UUID, "Arn": rf"arn:aws:kms:{HERE}:key/{UUID}"}),
    ("AWS::KMS::Key", {"MultiRegion": True}, {"Arn": rf"arn:aws:kms:{HERE}:key/mrk-[0-9a-f]{{32}}"}),
    ("AWS::KMS::ReplicaKey", {}, {"Arn": rf"arn:aws:kms:{HERE}:key/mrk-[0-9a-f]{{32}}"}),
    ("AWS::Lambda::Function", {"FunctionName": "f"}, {"Arn": FUNCTION}),
    ("AWS::Lambda::Alias", {"FunctionName": "f", "Name": "live"}, {"AliasArn": f"{FUNCTION}:live"}),
    ("AWS::Lambda::LayerVersion", {"LayerName": "l"}, {"LayerVersionArn": f"arn:aws:lambda:{HERE}:layer:l:3"}),
    (
        "AWS::Lambda::Url",
        {"TargetFunctionArn": FUNCTION},
        {"FunctionArn": FUNCTION, "FunctionUrl": rf"https://[a-z0-9]{{32}}\.lambda-url\.{REGION}\.on\.aws/"},
    ),
    ("AWS::Lambda::Version", {"FunctionName": FUNCTION}, {"FunctionArn": f"{FUNCTION}:3", "Version": "3"}),
    ("AWS::Logs::LogGroup", {"LogGroupName": "/a/b"}, {"Arn": rf"arn:aws:logs:{HERE}:log-group:/a/b:\*"}),
    ("AWS::MSK::Cluster", {"ClusterName": "c"}, {"Arn": rf"arn:aws:kafka:{HERE}:cluster/c/{UUID}-\d"}),
    ("AWS::OpenSearchService::Domain", {}, {"DomainName": "[a-z][a-z0-9-]{2,27}"}),
    (
        "AWS::Organizations::Account",
        {},
        {
            "AccountId": rf"(?!{ACCOUNT})\d{{12}}",
            "Arn": rf"arn:aws:organizations::{ACCOUNT}:account/o-\w{{10}}/\d{{12}}",
        },
    ),
    (
        "AWS::RDS::DBInstance",
        {"DBInstanceIdentifier": "db", "Port": "5432"},
        {
            "DBInstanceArn": f"arn:aws:rds:{HERE}:db:db",
            "DbiResourceId": "db-[A-Z2-7]{26}",
            "Endpoint": rf".*'db\.c[a-z0-9]{{11}}\.{REGION}\.rds\.amazonaws\.com'.*'5432'.*",
        },
    ),
    ("AWS::RDS::DBCluster", {"DBClusterIdentifier": "c"}, {"DBClusterArn": f"arn:aws:rds:{HERE}:cluster:c"}),
    ("AWS::Route53::HostedZone", {}, {"Id": "Z[A-Z2-7]{20}", "NameServers": r"\[('ns-\d+\.awsdns-\d+\..+',? ?){4}\]"}),
    ("AWS::S3::Bucket", {"BucketName": "b"}, {"Arn": "arn:aws:s3:::b", "DomainName": r"b\.s3\.amazonaws\.com"}),
    ("AWS::Scheduler::Schedule", {"Name": "n"}, {"Arn": f"arn:aws:scheduler:{HERE}:schedule/default/n"}),
    ("AWS::SecretsManager::Secret", {"Name": "s"}, {"Id": rf"arn:aws:secretsmanager:{HERE}:secret:s-\w{{6}}"}),
    ("AWS::SNS::Subscription", {"TopicArn": f"arn:aws:sns:{HERE}:t"}, {"Arn": rf"arn:aws:sns:{HERE}:t:{UUID}"}),
    ("AWS::SNS::Topic", {"TopicName": "t"}, {"TopicArn": f"arn:aws:sns:{HERE}:t"}),
    ("AWS::SQS::Queue", {"QueueName": "q"}, {"QueueUrl": rf"https://sqs\.{REGION}\.amazonaws\.com/{ACCOUNT}/q"}),
    ("AWS::SQS::Queue", {}, {"Arn": rf"arn:aws:sqs:{HERE}:queue-[0-9a-f]{{12}}", "QueueName": "queue-[0-9a-f]{12}"}),
    ("AWS::SQS::Queue", {"FifoQueue": True}, {"Arn": r".*\.fifo", "QueueName": r"queue-[0-9a-f]{12}\.fifo"}),
    ("AWS::SNS::Topic", {"FifoTopic": True}, {"TopicArn": r".*\.fifo", "TopicName": r"topic-[0-9a-f]{12}\.fifo"}),
    ("AWS::SSM::Parameter", {"Name": "/x/y"}, {"Arn": f"arn:aws:ssm:{HERE}:parameter/x/y"}),
    ("AWS::SSM::Parameter", {"Name": "x"}, {"Arn": f"arn:aws:ssm:{HERE}:parameter/x"}),
    ("AWS::StepFunctions::StateMachine", {"StateMachineName": "m"}, {"Arn": f"arn:aws:states:{HERE}:stateMachine:m"}),
    (
        "AWS::WAFv2::WebACL",
        {"Name": "w", "ArnPrefix": "CLOUDFRONT"},
        {"Arn": rf"arn:aws:wafv2:us-east-1:{ACCOUNT}:global/webacl/w/{UUID}"},
    ),
]  # fmt: skip


def made(name: str, given: dict[str, Any], seed: int = 7) -> dict[str, Any]:
    kind = KINDS.find(name)
    assert kind is not None
    model = dict(given)
    ValueMaker(kind, AccountRegion(ACCOUNT, REGION), "aws", random.Random(seed), START, 3).create(model)
    return model


@pytest.mark.parametrize(("name", "given", "wanted"), CASES)
def test_values_have_the_form_that_aws_documents(name: str, given: dict[str, Any], wanted: dict[str, str]) -> None:
    model = made(name, given)

    assert {key: model.get(key) for key, form in wanted.items() if not re.fullmatch(form, str(model.get(key)))} == {}


@pytest.mark.parametrize(
    ("name", "given", "absent"),
    [
        ("AWS::Cognito::UserPoolClient", {}, "ClientSecret"),
        ("AWS::CloudTrail::Trail", {}, "SnsTopicArn"),
        ("AWS::DynamoDB::Table", {"TableName": "t"}, "StreamArn"),
        ("AWS::ImageBuilder::Image", {"ImageRecipeArn": "arn"}, "ImageUri"),
        ("AWS::RDS::DBInstance", {}, "ListenerEndpoint"),
    ],
)
def test_what_was_not_asked_for_is_not_invented(name: str, given: dict[str, Any], absent: str) -> None:
    assert absent not in made(name, given)


def test_the_names_of_one_load_balancer_agree() -> None:
    model = made("AWS::ElasticLoadBalancingV2::LoadBalancer", {"Name": "web"})

    assert model["LoadBalancerArn"].endswith(f":loadbalancer/{model['LoadBalancerFullName']}")


def places() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for place in overrides()["properties"]:
        name, _, path = place.partition("/")
        found.setdefault(name, []).append(path)
    return found


def test_every_form_is_for_a_property_that_the_service_decides() -> None:
    for name, paths in places().items():
        kind = KINDS.find(name)
        assert kind is not None
        decided = {*kind.identifier, *kind.read_only, *names.generated(kind)}

        assert [path for path in paths if tuple(path.split("/")) not in decided] == [], name


def test_what_forms_write_fits_the_schema() -> None:
    for name in places():
        kind = KINDS.find(name)
        assert kind is not None
        found = ModelValidator(kind.schema).violations(made(name, {}))

        assert [str(one) for one in found if kind.is_read_only(one.path)] == [], name


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("AWS::DataSync::LocationS3", "LocationArn"),
        ("AWS::Connect::Queue", "QueueArn"),
        ("AWS::CloudFront::TrustStore", "Arn"),
        ("AWS::BedrockAgentCore::Runtime", "AgentRuntimeArn"),
    ],
)
def test_an_arn_of_which_only_a_pattern_is_known_lies_in_the_place_of_its_resource(name: str, path: str) -> None:
    _, partition, _, region, account, _ = made(name, {})[path].split(":", 5)

    assert partition == "aws"
    assert region in {"", REGION}
    assert account == ACCOUNT


def test_every_prefix_is_for_a_type_that_exists() -> None:
    types = {name for name in overrides()["prefixes"] if "." not in name}

    assert {name for name in types if KINDS.find(name) is None} == set()


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (None, MISSING),
        (False, False),
        (0, 0),
        ("${Partition}/${Region}/${Account}/${Ordinal}", f"aws/{REGION}/{ACCOUNT}/3"),
        ("${Nested.Name}", "inner"),
        ("${Unknown}", "fallback"),
        (["${Unknown}", "${Name}", "never"], "n"),
        (["${Unknown}", "${tail:Absent}"], "fallback"),
        ("${tail:Arn} ${path:Arn}", "c a:b/c"),
        ("${bare:Url} ${bare:Slashed} ${dashed:Ip}", "h/p x/y 1-2-3-4"),
        ({"by": "On", "true": "yes", "else": "no"}, "yes"),
        ({"by": "Absent", "": "none", "else": "some"}, "none"),
        ({"by": "Nested", "": "none", "set": ["${Unknown}", "${Name}"], "else": "some"}, "n"),
        ({"by": "Region", REGION: "here", "else": "there"}, "here"),
        ({"by": "Name", "x": "x", "else": None}, MISSING),
        ({"items": ["${Name}", "b"]}, ["n", "b"]),
    ],
)
def test_forms_are_written_from_what_is_known(form: Any, expected: Any) -> None:
    kind = LocalType("Test::A::B", {}, (("Id",),))
    writer = known_forms.KnownFormMaker(kind, ArnPrefix("aws", REGION, ACCOUNT), random.Random(1), START, 3)
    model = {
        "Name": "n",
        "Nested": {"Name": "inner"},
        "Arn": "arn:aws:s:r:1:x/a:b/c",
        "Url": "https://h/p",
        "Slashed": "/x/y",
        "Ip": "1.2.3.4",
        "On": True,
    }

    assert writer.write(form, model, "fallback") == expected

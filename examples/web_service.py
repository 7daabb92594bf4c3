"""A small web service: an HTTP API, and a function in its own network that stores notes in a table.

cloudwright bootstrap --local
python web_service.py deploy --local
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright import App, asset, component, lookup
from cloudwright.aws import EC2, IAM, ApiGatewayV2, DynamoDB, Lambda, Logs

if TYPE_CHECKING:
    from cloudwright.program.lookup import Identity
    from cloudwright.program.transformation import ResourceDraft

ROUTES = ["GET /notes/{name}", "PUT /notes/{name}"]

app = App("notes")


@app.each
def ours(resource: ResourceDraft) -> None:
    """Tag every resource whose type has tags."""
    resource.tags["app"] = "notes"
    resource.tags["stage"] = app.stage


@component
async def network(name: str) -> tuple[EC2.SecurityGroup, list[EC2.Subnet]]:
    """A private network with a subnet in each availability zone; it reaches DynamoDB and nothing else."""
    who, zones = lookup.identity(), lookup.zones(label="zones")
    vpc = EC2.VPC("vpc", CidrBlock="10.20.0.0/16", EnableDnsSupport=True, EnableDnsHostnames=True)
    routes = EC2.RouteTable("routes", VpcId=vpc.VpcId)
    subnets: list[EC2.Subnet] = []
    for number, zone in enumerate(await zones):
        subnet = EC2.Subnet(zone, VpcId=vpc.VpcId, AvailabilityZone=zone, CidrBlock=f"10.20.{number}.0/24")
        EC2.SubnetRouteTableAssociation(f"{zone}-routes", SubnetId=subnet.SubnetId, RouteTableId=routes.RouteTableId)
        subnets.append(subnet)
    EC2.VPCEndpoint(
        "dynamodb",
        VpcId=vpc.VpcId,
        VpcEndpointType="Gateway",
        ServiceName=f"com.amazonaws.{(await who).region}.dynamodb",
        RouteTableIds=[routes.RouteTableId],
    )
    group = EC2.SecurityGroup("function", GroupDescription=f"The function of {name}", VpcId=vpc.VpcId)
    return group, subnets


def role(table: DynamoDB.Table, logs: Logs.LogGroup) -> IAM.Role:
    """The function's role: read and write its table, write its log, and attach an interface to the network."""
    allowed = [
        (["dynamodb:GetItem", "dynamodb:PutItem"], table.Arn),
        (["logs:CreateLogStream", "logs:PutLogEvents"], logs.Arn),
        (["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces"], "*"),
    ]
    statements = [{"Effect": "Allow", "Action": actions, "Resource": resource} for actions, resource in allowed]
    service = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return IAM.Role(
        "role",
        AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": [service]},
        Policies=[{"PolicyName": "notes", "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}],
    )


def api(function: Lambda.Function, who: Identity) -> ApiGatewayV2.Api:
    """An HTTP API that sends every route to the function."""
    front = ApiGatewayV2.Api("api", Name=f"notes-{app.stage}", ProtocolType="HTTP")
    integration = ApiGatewayV2.Integration(
        "integration",
        ApiId=front.ApiId,
        IntegrationType="AWS_PROXY",
        IntegrationUri=function.Arn,
        PayloadFormatVersion="2.0",
    )
    for route in ROUTES:
        name = route.partition(" ")[0].lower()
        ApiGatewayV2.Route(name, ApiId=front.ApiId, RouteKey=route, Target=f"integrations/{integration.IntegrationId}")
    ApiGatewayV2.Stage("stage", ApiId=front.ApiId, StageName="$default", AutoDeploy=True)
    Lambda.Permission(
        "invoke",
        FunctionName=function.Arn,
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:{who.partition}:execute-api:{who.region}:{who.account}:{front.ApiId}/*",
    )
    return front


@app.program
async def main() -> dict[str, object]:
    """Declare the service, and return its URL and table."""
    who = await lookup.identity()
    group, subnets = await network("network")
    table = DynamoDB.Table(
        "notes",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )
    logs = Logs.LogGroup("logs", RetentionInDays=30)
    function = Lambda.Function(
        "function",
        Runtime="python3.13",
        Handler="index.handler",
        Code=asset("web_service"),
        Role=role(table, logs).Arn,
        Environment={"Variables": {"TABLE": table.identifier}},
        LoggingConfig={"LogGroup": logs.identifier},
        VpcConfig={"SubnetIds": [one.SubnetId for one in subnets], "SecurityGroupIds": [group.GroupId]},
    )
    front = api(function, who)
    return {"url": front.ApiEndpoint, "table": table.identifier}


if __name__ == "__main__":
    app.cli()

"""A small deployment, written as CDK would synthesize it, over the handlers beside this file."""

from typing import Any

from local import resources
from local.template import Template

BODY = {"type": "object", "required": ["user_id"], "additionalProperties": False,
        "properties": {"user_id": {"type": "string"}, "n": {"type": "integer"}}}


def document() -> dict[str, Any]:
    """Tables, a stream with one consumer, a bucket, an API, a schedule and a rule."""
    return {"Resources": {
        **_state(), **_functions(), **_api(),
        "Counted": _resource("AWS::Lambda::EventSourceMapping", {
            "FunctionName": {"Ref": "CountUp"},
            "EventSourceArn": {"Fn::GetAtt": ["Stream", "Arn"]},
            "StartingPosition": "TRIM_HORIZON", "BatchSize": 10,
            "MaximumBatchingWindowInSeconds": 1, "MaximumRetryAttempts": 2,
            "BisectBatchOnFunctionError": True,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": "Bucket.Arn"}}}}),
        "Nightly": _resource("AWS::Scheduler::Schedule", {
            "ScheduleExpression": "rate(1 day)", "State": "ENABLED",
            "Target": {"Arn": {"Fn::GetAtt": ["StartJob", "Arn"]}}}),
        "JobEnded": _resource("AWS::Events::Rule", {
            "State": "ENABLED", "Targets": [{"Id": "0", "Arn": {"Fn::GetAtt": ["Hear", "Arn"]}}],
            "EventPattern": {
                "source": ["aws.sagemaker"],
                "detail-type": ["SageMaker Training Job State Change"],
                "detail": {"TrainingJobName": [{"prefix": "stage-"}],
                           "RoleArn": [{"Fn::GetAtt": ["TrainingRole", "Arn"]}]}}}),
    }}


def template(**changes: Any) -> Template:
    """The deployment, every name bound. changes: resources added or put in place of others."""
    made = document()
    made["Resources"] |= changes
    read = Template(made)
    resources.bind(read)
    return read


def function(handler: str, **variables: Any) -> dict[str, Any]:
    """A Lambda of the handlers beside this file."""
    return _resource("AWS::Lambda::Function", {
        "Handler": f"tests.local.handlers.{handler}.handler", "Timeout": 10, "MemorySize": 256,
        "Code": {"S3Bucket": {"Fn::Sub": "assets-${AWS::AccountId}"}, "S3Key": "code.zip"},
        "Environment": {"Variables": variables}})


def method(verb: str, resource: str, handler: str, **properties: Any) -> dict[str, Any]:
    """A method with a Lambda proxy integration."""
    uri = ["arn:", {"Ref": "AWS::Partition"}, ":apigateway:", {"Ref": "AWS::Region"},
           ":lambda:path/2015-03-31/functions/", {"Fn::GetAtt": [handler, "Arn"]}, "/invocations"]
    return _resource("AWS::ApiGateway::Method", {
        "HttpMethod": verb, "ResourceId": {"Ref": resource}, "RestApiId": {"Ref": "Rest"},
        "AuthorizationType": "NONE", "ApiKeyRequired": True,
        "Integration": {"Type": "AWS_PROXY", "Uri": {"Fn::Join": ["", uri]}}, **properties})


def _resource(kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def _state() -> dict[str, Any]:
    return {
        "Users": _resource("AWS::DynamoDB::Table", {
            "AttributeDefinitions": [{"AttributeName": "subject", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "subject", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST", "DeletionProtectionEnabled": True,
            "TimeToLiveSpecification": {"AttributeName": "expires_s", "Enabled": True}}),
        "Stream": _resource("AWS::Kinesis::Stream", {"ShardCount": 2}),
        "Bucket": _resource("AWS::S3::Bucket", {"VersioningConfiguration": {"Status": "Enabled"}}),
        "TrainingRole": _resource("AWS::IAM::Role", {}),
    }


def _functions() -> dict[str, Any]:
    stream, users, bucket = ({"Ref": name} for name in ("Stream", "Users", "Bucket"))
    return {
        "TakeIn": function("take_in", HEADWATER_STREAM_NAME=stream, POWERTOOLS_SERVICE_NAME="in"),
        "CountUp": function("count_up", HEADWATER_USERS_TABLE=users, POWERTOOLS_SERVICE_NAME="up"),
        "Echo": function("echo"),
        "Broken": function("broken"),
        "StartJob": function("start_job", HEADWATER_BUCKET_NAME=bucket),
        "Hear": function("hear"),
    }


def _api() -> dict[str, Any]:
    root = {"Fn::GetAtt": ["Rest", "RootResourceId"]}
    signed = {"AuthorizationType": "AWS_IAM", "ApiKeyRequired": False}
    preflight = {"Type": "MOCK", "IntegrationResponses": [{
        "StatusCode": "204",
        "ResponseParameters": {"method.response.header.Access-Control-Allow-Origin": "'*'"}}]}
    shape = '{"error": {"code": "$context.error.responseType", "message": %s, "field": null}}'
    return {
        "Rest": _resource("AWS::ApiGateway::RestApi", {"Name": "stage"}),
        "EventsPath": _resource("AWS::ApiGateway::Resource", {
            "ParentId": root, "PathPart": "events", "RestApiId": {"Ref": "Rest"}}),
        "EchoPath": _resource("AWS::ApiGateway::Resource", {"ParentId": root, "PathPart": "echo"}),
        "EchoOne": _resource("AWS::ApiGateway::Resource", {
            "ParentId": {"Ref": "EchoPath"}, "PathPart": "{item_id}"}),
        "EchoMine": _resource("AWS::ApiGateway::Resource", {
            "ParentId": {"Ref": "EchoPath"}, "PathPart": "mine"}),
        "BrokenPath": _resource("AWS::ApiGateway::Resource", {
            "ParentId": root, "PathPart": "broken"}),
        "Bodies": _resource("AWS::ApiGateway::RequestValidator", {"ValidateRequestBody": True}),
        "EventsBody": _resource("AWS::ApiGateway::Model", {"Schema": BODY}),
        "PostEvents": method("POST", "EventsPath", "TakeIn",
                             RequestValidatorId={"Ref": "Bodies"},
                             RequestModels={"application/json": {"Ref": "EventsBody"}}),
        "EventsPreflight": method("OPTIONS", "EventsPath", "TakeIn", ApiKeyRequired=False,
                                  Integration=preflight),
        "GetOne": method("GET", "EchoOne", "Echo"),
        "GetMine": method("GET", "EchoMine", "Echo", ApiKeyRequired=False),
        "PutOne": method("PUT", "EchoOne", "Echo", **signed),
        "GetBroken": method("GET", "BrokenPath", "Broken"),
        "Refused": _resource("AWS::ApiGateway::GatewayResponse", {
            "ResponseType": "DEFAULT_4XX",
            "ResponseTemplates": {"application/json": shape % "$context.error.messageString"},
            "ResponseParameters": {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}}),
        "Unknown": _resource("AWS::ApiGateway::GatewayResponse", {
            "ResponseType": "MISSING_AUTHENTICATION_TOKEN",
            "ResponseTemplates": {"application/json": shape % '"no such route"'}}),
    }

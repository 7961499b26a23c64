"""What API Gateway answers before a function is asked, in the form of our own errors."""

from aws_cdk import aws_apigateway as apigateway

# Code, and message as JSON. A template may name variables but not escape them; messageString is
# quoted already. source: AWS, "Gateway responses for REST APIs in API Gateway".
_ANSWERS = {
    "DEFAULT_4XX": ("refused", "$context.error.messageString"),
    "DEFAULT_5XX": ("unavailable", "$context.error.messageString"),
    "UNAUTHORIZED": ("unauthorized", '"authorization holds no valid token of this user"'),
    "MISSING_AUTHENTICATION_TOKEN": ("not_found", '"no such route, or it needs a signed request"'),
    "INVALID_API_KEY": ("forbidden", '"x-api-key is missing or no key of this deployment"'),
    "THROTTLED": ("throttled", '"too many requests, try again later"'),
    "WAF_FILTERED": ("forbidden", '"the web ACL of this API blocks the request"'),
    "QUOTA_EXCEEDED": ("throttled", '"the quota of this API key is used up"'),
}


def answer_in_json(rest: apigateway.RestApi, origin: str) -> None:
    """Shape every refusal; pages of the origin may read them.

    The two defaults stand for all kinds that have no words of their own, but for a body over 10 MB,
    which nobody can shape. source: AWS, "Gateway response types for API Gateway".
    """
    for kind, (code, message) in _ANSWERS.items():
        body = f'{{"error": {{"code": "{code}", "message": {message}, "field": null}}}}'
        rest.add_gateway_response(
            kind.title().replace("_", "") + "Answer", type=apigateway.ResponseType.of(kind),
            response_headers={"Access-Control-Allow-Origin": f"'{origin}'"},
            templates={"application/json": body})

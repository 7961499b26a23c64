"""The same flow on a laptop: the synthesized template, the same handlers, no account.

Speaks only public AWS APIs through boto3, so that the pieces do not care which engine answers; the
engine here is moto, in this process. May import every room; nothing but tests imports it.

Not played: IAM policies (only the signatures of admin routes are checked), throttling and quotas,
Lambda timeouts and memory limits, alarms, encryption, CloudFront's edge.
"""

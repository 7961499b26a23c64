"""The online half. A verb is a Lambda, a noun is what Lambdas use.

Imports domain, boto3, powertools, and (scoring bundle) numpy and onnxruntime. Only the nouns that
name a service touch it: stream (Kinesis), users, items, pages, registry (DynamoDB), shelf (S3),
jobs (SageMaker), door (Lambda), scorer (ONNX Runtime). Nothing reads the environment or opens a
client at import.
"""

"""What no rehearsal can use, and why it is given all the same."""

_READS = "Lambda reads the stream by itself. source: AWS, " \
         "\"Process Amazon Kinesis Data Streams records with Lambda\""
_OBSERVES = "SageMaker does so before and beside the job. source: AWS, " \
            "\"How to use SageMaker AI execution roles\", CreateTrainingJob API"
_PARKS = "Lambda asks for it beside PutObject. source: AWS, \"Retain discarded batch records for " \
         "a Kinesis Data Streams event source in Lambda\""
_RACES = "attributes that are written while their user is erased are deleted again: " \
         "`test_attributes_written_during_an_erasure_do_not_outlive_it`"
_MISSING = "what is not there is told from what may not be read. source: AWS, \"GetObject\" " \
           "(S3 API)"
_REFUSED = "the emulator refuses no machine: " \
           "`test_an_account_that_allows_no_machine_is_told_what_to_ask_for_and_at_every_try`"
_EMPTIES = "CDK's function that empties the bucket; `cdk destroy` in `make rehearse` uses it"

# Beginning of a holder's logical id, action ("" = any) -> the reason.
UNSEEN: dict[tuple[str, str], str] = {
    ("", "kinesis:DescribeStream"): _READS,
    ("", "kinesis:DescribeStreamSummary"): _READS,
    ("", "kinesis:SubscribeToShard"): _READS,
    ("FeaturesUpdateUserFeatures", "s3:ListBucket"): _PARKS,
    ("FeaturesUpdateItemFeatures", "s3:ListBucket"): _PARKS,
    ("IngestionWriteEventLog", "s3:ListBucket"): _PARKS,
    ("BatchesMakeBatchRole", "s3:ListBucket"): _MISSING,
    ("TrainingManageModelsRole", "s3:ListBucket"): _MISSING,
    ("TrainingStartTrainingRole", "dynamodb:PutItem"): _REFUSED,
    ("TrainingStartTrainingRole", "sns:Publish"): _REFUSED,
    ("FeaturesManageUsers", "dynamodb:DeleteItem"): _RACES,
    ("TrainingRole", "logs:CreateLogGroup"): _OBSERVES,
    ("TrainingRole", "logs:DescribeLogStreams"): _OBSERVES,
    ("TrainingRole", "logs:CreateLogStream"): _OBSERVES,
    ("TrainingRole", "logs:PutLogEvents"): _OBSERVES,
    ("TrainingRole", "cloudwatch:PutMetricData"): _OBSERVES,
    ("CustomS3AutoDeleteObjects", "sts:AssumeRole"): _EMPTIES,
    ("StorageBucket", ""): _EMPTIES,
}


def reason(holder: str, action: str) -> str:
    """Why it is given, "" = nobody wrote that down."""
    return next((why for (begins, what), why in UNSEEN.items()
                 if holder.startswith(begins) and what in ("", action)), "")

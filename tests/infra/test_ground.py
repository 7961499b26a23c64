from tests.infra.synthesized import Stack


def test_all_stages_stand_on_one_bundle_of_code(stack: Stack) -> None:
    bundles = {function["Code"]["S3Key"] for function in stack.functions().values()}

    assert len(bundles) == 1


def test_all_stages_keep_their_data_in_one_bucket(stack: Stack) -> None:
    named = [variables["HEADWATER_BUCKET_NAME"] for verb in stack.functions()
             if "HEADWATER_BUCKET_NAME" in (variables := stack.environment(verb))]

    assert len({name["Ref"] for name in named}) == len(stack.of("AWS::S3::Bucket")) == 1

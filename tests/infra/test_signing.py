from collections.abc import Callable

from domain.artifact import UNSIGNED
from functions.settings import BY_VERB
from tests.infra.synthesized import Stack

LOADS = {"recommend", "make_batch"}  # and what callers of Personalize call, where it is deployed


def verbs_that_may(stack: Stack, action: str) -> set[str]:
    return {verb for verb in BY_VERB if verb in stack.functions()
            and action in stack.actions_of(verb)}


def test_the_promoter_alone_signs(stack: Stack) -> None:
    assert verbs_that_may(stack, "kms:Sign") == {"promote_model"}


def test_whoever_loads_or_chooses_a_model_may_ask_who_signed_it(stack: Stack) -> None:
    assert verbs_that_may(stack, "kms:Verify") == {*LOADS, "manage_models"}


def test_the_key_signs_and_outlives_the_stack_as_the_models_do(
    stack: Stack, synthesize: Callable[..., Stack]
) -> None:
    [(id_, key)] = stack.of("AWS::KMS::Key").items()
    thrown_away = synthesize(retain_data=False)

    assert (key["KeySpec"], key["KeyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")
    assert stack.resources[id_]["DeletionPolicy"] == "Retain"
    assert thrown_away.resources[id_]["DeletionPolicy"] == "Delete"
    assert stack.environment("recommend")["HEADWATER_SIGNING_KEY"] == {"Fn::GetAtt": [id_, "Arn"]}


def test_who_wants_no_signatures_pays_for_no_key(synthesize: Callable[..., Stack]) -> None:
    stack = synthesize(signed_models=False)

    assert not stack.of("AWS::KMS::Key")
    assert not verbs_that_may(stack, "kms:Sign") | verbs_that_may(stack, "kms:Verify")
    assert stack.environment("promote_model")["HEADWATER_SIGNING_KEY"] == UNSIGNED
    assert stack.document["Outputs"]["SigningKey"]["Value"] == UNSIGNED

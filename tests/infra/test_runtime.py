import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from functions.settings import BY_VERB
from tests.infra.synthesized import Stack

ROOT = Path(__file__).parents[2]
HEAVY = {"numpy", "onnxruntime"}


def imports_of(module: str, seen: set[str]) -> Iterator[str]:
    """Every module that a module of ours imports, through our own modules."""
    path = ROOT / (module.replace(".", "/") + ".py")
    if module in seen or not path.exists():
        return
    seen.add(module)
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            yield name.split(".")[0]
            yield from imports_of(name, seen)


def test_every_verb_of_the_settings_is_deployed(gated: Stack) -> None:
    assert set(gated.functions()) == set(BY_VERB)


@pytest.mark.parametrize("verb", BY_VERB)
def test_a_function_is_told_what_its_settings_ask_and_no_more(gated: Stack, verb: str) -> None:
    told = dict.fromkeys(gated.environment(verb), "?")

    settings = BY_VERB[verb].from_env(told)

    assert set(settings.to_env()) == {name for name in told if name.startswith("HEADWATER_")}


@pytest.mark.parametrize("verb", BY_VERB)
def test_a_handler_is_a_function_of_the_file_named_after_its_verb(
    gated: Stack, verb: str
) -> None:
    source = (ROOT / "functions" / f"{verb}.py").read_text()

    defined = {node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}

    assert gated.functions()[verb]["Handler"] == f"functions.{verb}.handler"
    assert "handler" in defined


@pytest.mark.parametrize("verb", BY_VERB)
def test_a_function_reports_under_its_verb_in_its_deployments_namespace(
    gated: Stack, verb: str
) -> None:
    environment = gated.environment(verb)

    assert environment["POWERTOOLS_SERVICE_NAME"] == verb
    assert environment["POWERTOOLS_METRICS_NAMESPACE"] == "Headwater/headwater-cheap"


@pytest.mark.parametrize("verb", BY_VERB)
def test_the_scoring_layer_goes_where_arrays_are_imported_and_nowhere_else(
    gated: Stack, verb: str
) -> None:
    scores = bool(HEAVY & set(imports_of(f"functions.{verb}", set())))

    layers = [layer["Ref"] for layer in gated.functions()[verb]["Layers"]]

    assert any("Observability" in layer for layer in layers)
    assert any("Scoring" in layer for layer in layers) == scores


@pytest.mark.parametrize("verb", BY_VERB)
def test_all_functions_run_alike(gated: Stack, verb: str) -> None:
    function = gated.functions()[verb]

    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == ["arm64"]
    assert function["LoggingConfig"]["LogFormat"] == "JSON"
    assert "TracingConfig" not in function
    assert "ReservedConcurrentExecutions" not in function


@pytest.mark.parametrize("verb", BY_VERB)
def test_of_calls_that_went_well_lambda_writes_only_what_lists_took(
    gated: Stack, verb: str
) -> None:
    level = gated.functions()[verb]["LoggingConfig"]["SystemLogLevel"]

    assert level == ("INFO" if verb == "recommend" else "WARN")


def test_every_log_forgets(stack: Stack) -> None:
    logs = stack.of("AWS::Logs::LogGroup")

    assert {function["LoggingConfig"]["LogGroup"]["Ref"]
            for function in stack.functions().values()} <= set(logs)
    assert all(log["RetentionInDays"] == 30 for log in logs.values())


def test_whatever_fails_with_nobody_waiting_is_parked(stack: Stack) -> None:
    parked = {"Fn::GetAtt": [next(iter(stack.of("AWS::SQS::Queue"))), "Arn"]}
    triggers = [schedule["Target"] for schedule in stack.of("AWS::Scheduler::Schedule").values()]
    triggers += [target for rule in stack.of("AWS::Events::Rule").values()
                 for target in rule["Targets"]]

    background = {stack.verb_of(target["Arn"]["Fn::GetAtt"][0]) for target in triggers}

    failing = {stack.verb_of(config["FunctionName"]["Ref"]): config["DestinationConfig"]
               for config in stack.of("AWS::Lambda::EventInvokeConfig").values()}
    assert background == {"roll_up_trends", "roll_up_catalog", "start_training", "promote_model",
                          "measure_models", "probe_freshness", "sweep_log", "make_batch",
                          "step_rollout"}
    assert failing == {verb: {"OnFailure": {"Destination": parked}}
                       for verb in background | {"replay_events"}}  # which somebody calls by hand
    assert all(target["DeadLetterConfig"] == {"Arn": parked} for target in triggers)


def test_a_roll_up_ends_before_the_next_begins(stack: Stack) -> None:
    calls = {stack.verb_of(config["FunctionName"]["Ref"]): config
             for config in stack.of("AWS::Lambda::EventInvokeConfig").values()}

    for verb in ("roll_up_trends", "roll_up_catalog"):
        assert stack.functions()[verb]["Timeout"] < 60
        assert calls[verb]["MaximumRetryAttempts"] == 0
        assert calls[verb]["MaximumEventAgeInSeconds"] == 60


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_functions_and_layers_are_built_for_the_processors_that_were_set(
    synthesize: Callable[..., Stack], architecture: str
) -> None:
    stack = synthesize(architecture=architecture)

    functions = stack.of("AWS::Lambda::Function").values()
    layers = stack.of("AWS::Lambda::LayerVersion").values()
    assert {tuple(found["Architectures"]) for found in functions} == {(architecture,)}
    assert {tuple(found["CompatibleArchitectures"]) for found in layers} == {(architecture,)}

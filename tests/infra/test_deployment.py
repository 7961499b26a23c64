import json
from typing import Any

import pytest

from infra.deployment import Deployment, DeploymentError


def test_a_deployment_needs_no_settings() -> None:
    deployment = Deployment.from_context({})

    assert deployment == Deployment()


def test_the_text_of_the_command_line_is_read_as_what_it_stands_for() -> None:
    given = {"shards": "3", "spot": "false", "name": "shop-eu"}

    deployment = Deployment.from_context(given)

    assert (deployment.shards, deployment.spot, deployment.name) == (3, False, "shop-eu")


def test_lists_of_cdk_json_are_kept_as_the_json_that_functions_read() -> None:
    declared = [{"name": "share", "code": 64, "weight": 2.0}]

    deployment = Deployment.from_context({"event_types": declared})

    assert json.loads(deployment.event_types) == declared


def test_keys_of_cdk_itself_are_none_of_ours() -> None:
    deployment = Deployment.from_context({"@aws-cdk/aws-iam:minimizePolicies": True})

    assert deployment == Deployment()


def test_a_misspelt_key_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(DeploymentError, match="shard: no such setting; did you mean shards"):
        Deployment.from_context({"shard": 2})


def test_an_unknown_key_is_refused_with_the_known_ones() -> None:
    with pytest.raises(DeploymentError, match="qqq: no such setting; known are name, account"):
        Deployment.from_context({"qqq": 2})


@pytest.mark.parametrize(("key", "value"), [
    ("name", "Shop"), ("name", "shop--eu"), ("name", "9shop"), ("name", "a" * 33),
    ("account", "12"), ("region", "europe"), ("allowed_origin", "shop.example"),
    ("recommend_memory_mb", 256), ("recommend_disk_mb", 20_000),
    ("shards", -1), ("shards", True), ("shards", "many"), ("shards", 1.5),
    ("stream_retention_h", 12), ("lanes_per_shard", 11), ("throttle_rate", 0),
    ("retain_data", "yes"), ("log_days", 31), ("event_log_days", 0),
    ("training_schedule", "daily"), ("training_image", "pytorch"), ("instance_types", "g5.xlarge"),
    ("instance_types", "ml.g5.xlarge,"), ("instance_types", '["ml.g5.xlarge"]'),
    ("max_training_s", 10), ("alarm_email", "me"), ("name", None),
    ("event_types", '[{"name": "share"}]'), ("event_types", "{"),
    ("defence", '{"items": 2}'), ("defence", '{"item_free": -2}'), ("defence", "{"),
    ("rules", "{"), ("rules", '[{"name": "a", "filter": "size < 3"}]'),
    ("rules", json.dumps([{"name": "n" * 60, "exclude": ["x" * 200] * 15}])),
    ("experiments", '[{"name": "one"}]'), ("experiments", "{"),
    ("exploration", '{"ranking": {"share": 0.1}}'), ("exploration", "{"),
    ("exploration", {f"slates.{n:064}": {"share": 0.1} for n in range(40)}),
    ("hyperparameters", '{"depth": 2}'), ("hyperparameters", "[1]"), ("hyperparameters", "{"),
])
def test_a_wrong_value_is_refused_by_the_name_of_its_key(key: str, value: Any) -> None:
    with pytest.raises(DeploymentError, match=rf"^{key}: "):
        Deployment.from_context({key: value})


def test_what_starts_from_a_snapshot_has_no_more_disk() -> None:
    with pytest.raises(DeploymentError, match=r"^recommend_disk_mb: .* set snap_start=false"):
        Deployment.from_context({"recommend_disk_mb": 1024, "snap_start": True})


def test_hyperparameters_are_laid_over_the_defaults_of_training() -> None:
    deployment = Deployment.from_context({"hyperparameters": {"epochs": 3}})

    config = deployment.training_config()

    assert (config.epochs, config.width) == (3, 64)


PROFILES = {"small": {"shards": 2, "log_days": 3}, "wrong": {"shard": 2}, "big": {"shards": -1}}


def test_a_profile_lies_over_the_defaults() -> None:
    deployment = Deployment.from_context({"profiles": PROFILES, "profile": "small"})

    assert deployment == Deployment(shards=2, log_days=3)


def test_what_is_said_by_itself_lies_over_the_profile() -> None:
    deployment = Deployment.from_context(
        {"profiles": PROFILES, "profile": "small", "shards": "5"})

    assert (deployment.shards, deployment.log_days) == (5, 3)


def test_without_a_profile_there_are_the_defaults() -> None:
    assert Deployment.from_context({"profiles": PROFILES}) == Deployment()


def test_an_unknown_profile_is_refused_with_the_known_ones() -> None:
    with pytest.raises(DeploymentError, match="profile: no 'huge'; known are small, wrong, big"):
        Deployment.from_context({"profiles": PROFILES, "profile": "huge"})


@pytest.mark.parametrize(("profile", "key"), [("wrong", "shard"), ("big", "shards")])
def test_a_wrong_setting_of_a_profile_is_refused_by_the_name_of_its_key(
    profile: str, key: str
) -> None:
    with pytest.raises(DeploymentError, match=rf"^{key}: "):
        Deployment.from_context({"profiles": PROFILES, "profile": profile})


@pytest.mark.parametrize("given", [{"profiles": "dev"}, {"profiles": {"dev": 3}, "profile": "dev"}])
def test_profiles_that_are_no_tables_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(DeploymentError, match=r"^profiles: "):
        Deployment.from_context(given)


PASSING: dict[str, Any] = {"profiles": {
    "dev": {"name": "trial", "retain_data": False, "event_log_days": 30},
    "bare": {"retain_data": "false"}, "cheap": {"name": "low", "log_days": 7},
    "prod": {"shards": 0, "retain_data": True}}}


@pytest.mark.parametrize("given", [
    {"profile": "dev", "name": "shop"}, {"profile": "dev", "name": "shop", "retain_data": "true"},
    {"profile": "dev", "name": "shop", "event_log_days": 400}, {"profile": "bare"},
    {"profile": "bare", "name": "shop"}])
def test_a_profile_that_keeps_no_data_goes_to_no_stack_but_its_own(given: dict[str, Any]) -> None:
    with pytest.raises(DeploymentError, match=rf"^name: .*{given['profile']}.* retain_data=false"):
        Deployment.from_context({**PASSING, **given})


@pytest.mark.parametrize(("given", "name"), [
    ({"profile": "dev"}, "trial"), ({"profile": "dev", "name": "trial"}, "trial"),
    ({"profile": "dev", "name": "mine", "retain_data": "false"}, "mine"),
    ({"profile": "dev", "name": "mine", "retain_data": False}, "mine"),
    ({"profile": "prod", "name": "shop"}, "shop"), ({"profile": "cheap", "name": "blog"}, "blog"),
    ({"profile": "cheap", "name": "blog", "retain_data": "false"}, "blog"),
    ({"name": "shop", "retain_data": "false"}, "shop")])
def test_any_other_profile_takes_any_name_and_so_does_who_says_that_no_data_is_kept(
    given: dict[str, Any], name: str
) -> None:
    assert Deployment.from_context({**PASSING, **given}).name == name


@pytest.mark.parametrize("given", [{"web_acl": True}, {"quota_per_month": 1000}])
def test_what_an_http_api_cannot_have_is_refused_by_the_name_of_its_key(
    given: dict[str, Any]
) -> None:
    (key,) = given
    with pytest.raises(DeploymentError, match=rf"^{key}: only an api of rest"):
        Deployment.from_context({"api": "http", **given})


def test_an_api_is_rest_or_http() -> None:
    with pytest.raises(DeploymentError, match=r"^api: 'soap' is not rest or http"):
        Deployment.from_context({"api": "soap"})


@pytest.mark.parametrize("given", [
    {"provisioned_concurrency": 2, "snap_start": True},
    {"provisioned_concurrency": 2, "recommend_ceiling": 1}])
def test_copies_ahead_that_cannot_be_are_refused_by_the_name_of_their_key(
    given: dict[str, Any]
) -> None:
    with pytest.raises(DeploymentError, match=r"^provisioned_concurrency"):
        Deployment.from_context(given)


def test_copies_ahead_are_no_more_than_all_copies() -> None:
    found = Deployment.from_context({"provisioned_concurrency": 2, "recommend_ceiling": 2})

    assert found.provisioned_concurrency == 2

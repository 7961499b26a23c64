import json
from pathlib import Path
from typing import Any

import pytest

from local.template import Template, TemplateError, assets, read
from tests.local.stage import template


def test_a_reference_becomes_what_was_bound() -> None:
    made = Template({"Resources": {"Table": {"Type": "T"}}})
    made.bind("Table", "users", Arn="arn:users")

    found = made.resolve({"a": {"Ref": "Table"}, "b": [{"Fn::GetAtt": ["Table", "Arn"]},
                                                      {"Fn::GetAtt": "Table.Arn"}]})

    assert found == {"a": "users", "b": ["arn:users", "arn:users"]}


@pytest.mark.parametrize(("value", "expected"), [
    ({"Fn::Join": ["-", ["a", {"Ref": "AWS::Region"}, 1]]}, "a-us-east-1-1"),
    ({"Fn::Sub": "${AWS::AccountId}/${Bucket}/${Bucket.Arn}"},
     "123456789012/bucket/arn:aws:s3:::bucket"),
    ({"Fn::Sub": ["${x}-${!literal}", {"x": {"Ref": "Bucket"}}]}, "bucket-${literal}"),
    ({"Fn::Select": [1, {"Fn::Split": [":", "a:b:c"]}]}, "b"),
    ({"kept": 1, "dropped": {"Ref": "AWS::NoValue"}}, {"kept": 1}),
    (["kept", {"Ref": "AWS::NoValue"}], ["kept"]),
    (True, True),
])
def test_intrinsic_functions_are_computed(value: Any, expected: Any) -> None:
    assert template().resolve(value) == expected


@pytest.mark.parametrize("value", [
    {"Ref": "Nobody"}, {"Fn::GetAtt": ["Bucket", "DomainName"]}, {"Fn::Sub": "${Nobody.Arn}"},
    {"Fn::ImportValue": "x"},
])
def test_what_is_not_played_is_named(value: Any) -> None:
    with pytest.raises(TemplateError, match=r"Nobody|DomainName|ImportValue"):
        template().resolve(value)


def test_a_function_is_found_through_alias_and_version() -> None:
    made = template(
        Live={"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "Echo"}}},
        V1={"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Echo"}}})

    assert made.function_of({"Fn::Join": ["", ["arn:x/", {"Ref": "Live"}, "/y"]]}) == "Echo"
    assert made.function_of({"Ref": "V1"}) == "Echo"


def test_a_reference_to_no_function_is_refused() -> None:
    with pytest.raises(TemplateError, match="leads to no function"):
        template().function_of({"Ref": "Bucket"})


def test_an_assembly_tells_its_template_and_its_assets(tmp_path: Path) -> None:
    (tmp_path / "one.template.json").write_text('{"Resources": {}}')
    (tmp_path / "one.assets.json").write_text(json.dumps({"files": {"h": {
        "source": {"path": "asset.h"}, "destinations": {"here": {"objectKey": "h.zip"}}}}}))

    found = assets(tmp_path)

    assert read(tmp_path).resources("Any") == {}
    assert found == {"h.zip": tmp_path / "asset.h"}


def test_an_assembly_of_two_stacks_is_refused(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.template.json").write_text('{"Resources": {}}')

    with pytest.raises(TemplateError, match="2 templates"):
        read(tmp_path)

from domain import layout
from tests.infra.synthesized import Stack


def test_the_door_for_items_touches_no_bucket(stack: Stack) -> None:
    services = {action.split(":")[0] for action in stack.actions_of("manage_catalog")}

    assert services == {"dynamodb", "logs"}


def test_the_roll_up_writes_the_catalogue_alone(stack: Stack) -> None:
    assert stack.keys_of("roll_up_catalog", "s3:PutObject") == {layout.CATALOG_KEY}


def test_the_roll_up_reads_changes_through_the_index_alone(stack: Stack) -> None:
    (query,) = (statement for statement in stack.statements_of("roll_up_catalog")
                if "dynamodb:Query" in statement["Action"])

    assert query["Resource"]["Fn::Join"][1][-1] == "/index/changes"

"""What docs/disaster.md says to type is a shell's, waits for what it needs, and stops in time."""

import re
import subprocess
import textwrap
from pathlib import Path

import pytest

PAGES = {path.name: path.read_text()
         for path in sorted((Path(__file__).parents[2] / "docs").glob("*.md"))}
BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)

# What stands for AWS: a restored table is ready at the second wait, a backup at the second look.
FAKE = """
sleep() { :; }
make() { echo "make $*" >> calls; }
aws() {
  if [ $2 = wait ]; then set -- $1 "wait $3" $4 $5; fi
  echo "$2 $4" >> calls
  case "$2 $4" in
    describe-stacks*) echo users-table ;;
    ${FAILS:-nothing}*) return 254 ;;
    "wait table-exists $SLOW") SLOW=; return 255 ;;
    create-backup*) echo arn:then ;;
    list-backups*) echo arn:deleted ;;
    describe-backup*) if [ -e looked ]; then echo ${BACKUP_IS:-AVAILABLE}; fi; touch looked ;;
  esac
}
NAME=shop
"""


def shell(page: str) -> list[str]:
    """The blocks of a page that are to be typed into a shell, in order."""
    return [textwrap.dedent(text) for _, kind, text in BLOCK.findall(PAGES[page]) if kind == "sh"]


def block(holds: str) -> str:
    """The one block of the page in which this stands."""
    (found,) = (text for text in shell("disaster.md") if holds in text)
    return found


def calls(folder: Path, *blocks: str, **settings: str) -> list[str]:
    """What was called, in order, by blocks that are typed one after the other."""
    given = "".join(f"{name}='{value}'\n" for name, value in settings.items())
    script = "\n".join([FAKE, given, block("out()"), "rm -f calls", *blocks])
    subprocess.run(["bash", "-c", script], cwd=folder, timeout=20, check=False)
    return (folder / "calls").read_text().splitlines()


@pytest.mark.parametrize("page", PAGES)
def test_what_is_to_be_typed_parses(page: str) -> None:
    told = {text: subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True,
                                 check=False).stderr for text in shell(page)}

    assert {text: error for text, error in told.items() if error} == {}


@pytest.mark.parametrize("page", ["disaster.md", "runbook.md", "upgrading.md"])
def test_whatever_is_a_command_is_marked_as_one(page: str) -> None:
    unmarked = [text for _, kind, text in BLOCK.findall(PAGES[page])
                if kind != "sh" and re.search(r"^ *(aws|make|git) ", text, re.MULTILINE)]

    assert shell(page)
    assert unmarked == []


def test_a_second_of_the_past_is_kept_before_the_table_is_deleted(tmp_path: Path) -> None:
    found = calls(tmp_path, block("to-point-in-time"), block("delete-table"),
                  block("from-backup"), SLOW="users-table-then")

    assert found == [
        "restore-table-to-point-in-time users-table",
        "wait table-exists users-table-then",
        "wait table-exists users-table-then",
        "create-backup users-table-then",
        "describe-backup arn:then",
        "describe-backup arn:then",
        "describe-backup arn:then",
        "update-table users-table",
        "wait table-exists users-table",
        "delete-table users-table",
        "wait table-not-exists users-table",
        "wait table-not-exists users-table",
        "restore-table-from-backup users-table",
        "wait table-exists users-table",
    ]


@pytest.mark.parametrize("fails", ["restore-table-to-point-in-time", "create-backup"])
def test_nothing_is_deleted_where_nothing_was_kept(tmp_path: Path, fails: str) -> None:
    found = calls(tmp_path, block("to-point-in-time"), block("delete-table"), FAILS=fails,
                  BACKUP="arn:of-another-day", BACKUP_IS="AVAILABLE")

    assert not [call for call in found if "delete-table" in call or "update-table" in call]


def test_a_backup_that_is_not_ready_deletes_nothing(tmp_path: Path) -> None:
    found = calls(tmp_path, block("delete-table"), BACKUP="arn:then", BACKUP_IS="CREATING")

    assert found == ["describe-backup arn:then"]

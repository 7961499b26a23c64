"""docs/grants.md is written by a run of minutes; here it is held to the template as it is now."""

from collections import defaultdict

from local.template import ROOT

PAGE = (ROOT / "docs/grants.md").read_text()


def written() -> dict[str, set[str]]:
    """Holder -> actions of the page."""
    found, holder = defaultdict(set), ""
    for line in PAGE.splitlines():
        if line.startswith("## "):
            holder = line.removeprefix("## ")
        elif " on " in line and line.startswith("| "):
            actions = line.removeprefix("| ").partition(" on ")[0]
            found[holder].update(actions.split(", "))
    return dict(found)


def test_the_page_of_grants_names_what_the_template_gives(given: dict[str, set[str]]) -> None:
    assert written() == given


def test_no_grant_of_the_page_is_needless() -> None:
    assert "needless**" not in PAGE
    assert " 0 needless." in PAGE

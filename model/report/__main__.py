"""A model -> report.html and report.json: python -m model.report --model M --events E --out O

The page has its charts inside it and needs no network. The model is asked as the Lambda asks it,
about what it did not see.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from domain.artifact import ArtifactError
from domain.vocabulary import Vocabulary, VocabularyError
from model.dataset import DatasetError
from model.report.inquiry import MAX_CASES, USER, Inquiry, ReportError, report
from model.report.page import page

PAGE, DATA = "report.html", "report.json"


def parse(arguments: Sequence[str] | None = None) -> tuple[Inquiry, Path]:
    """What is asked, and the folder to write to.

    raises: VocabularyError, for declared types that cannot be used.
    """
    parser = argparse.ArgumentParser(prog="python -m model.report", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="folder of the artifact")
    parser.add_argument("--events", type=Path, required=True,
                        help="folder of event-log objects (*.jsonl.gz)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the report")
    parser.add_argument("--catalog", type=Path, help="catalogue snapshot (optional)")
    parser.add_argument("--current", type=Path, help="folder of the model in use (optional)")
    parser.add_argument("--leave-one-out", type=Path, dest="left_out",
                        help="folder of a model trained with --leave-one-out (optional)")
    parser.add_argument("--users", type=Path,
                        help=f"CSV of {USER} and what tells users apart (optional)")
    parser.add_argument("--cases", type=int, default=MAX_CASES, dest="most",
                        help=f"at most, of whole users; default {MAX_CASES}")
    parser.add_argument("--event-types", default="[]", help="declared event types, as JSON")
    given = vars(parser.parse_args(arguments))
    out: Path = given.pop("out")
    vocabulary = Vocabulary.from_json(given.pop("event_types"))
    return Inquiry(vocabulary=vocabulary, **given), out


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the page and the data; what the sender did wrong ends with one clear line."""
    try:
        inquiry, out = parse(arguments)
        made = report(inquiry)
    except (ReportError, ArtifactError, DatasetError, VocabularyError) as error:
        sys.exit(f"cannot report: {error}")
    out.mkdir(parents=True, exist_ok=True)
    (out / DATA).write_text(made.to_json(), encoding="utf-8")
    (out / PAGE).write_text(page(made), encoding="utf-8")
    print(f"{out / PAGE}\n{out / DATA}")


if __name__ == "__main__":
    main()

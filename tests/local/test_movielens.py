import zipfile
from pathlib import Path

import pytest

from local import movielens
from local.collection import CollectionError

FILES = {
    "inter": "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
             "7\t2\t4\t881250950\n7\t1\t3\t881250949\n8\t1\t5\t881250949\n",
    "item": "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
            "1\tToy Story\t1995\tAnimation Children's\n2\tunknown\t\tunknown\n",
    "user": "user_id:token\tage:token\tgender:token\toccupation:token\tzip_code:token\n"
            "7\t24\tM\ttechnician\t85711\n8\t53\tF\tother\t94043\n",
}


def wheel(folder: Path) -> Path:
    path = folder / movielens.WHEEL
    with zipfile.ZipFile(path, "w") as archive:
        for part, text in FILES.items():
            archive.writestr(f"{movielens.INSIDE}.{part}", text)
    return path


def test_ratings_films_and_people_are_read_from_the_package(tmp_path: Path) -> None:
    found = movielens.read(wheel(tmp_path))

    assert [(e["item_id"], e["value"], e["at"]) for e in found.events["7"]] == [
        ("1", 3.0, 881_250_949_000), ("2", 4.0, 881_250_950_000)]
    assert found.items == [
        {"item_id": "1", "title": "Toy Story (1995)", "categories": ["Animation", "Children's"],
         "attributes": {"year": "1995"}},
        {"item_id": "2", "title": "unknown", "categories": ["unknown"], "attributes": {}}]
    assert found.users["7"] == {"age_band": "20s", "segment": "technician"}
    assert found.past


def test_a_package_that_is_not_the_known_one_is_refused(tmp_path: Path) -> None:
    wheel(tmp_path)

    with pytest.raises(CollectionError, match="sha256"):
        movielens.load(tmp_path)

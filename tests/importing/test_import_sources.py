"""Which files an import reads, and what a hostile folder or archive can do: nothing."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from app.core.errors import Invalid
from app.importing import archives, sources
from app.importing.sources import Source, UnreadableError, open_source


def paths(source: Source) -> list[str]:
    return [file.path for file in source.files]


def reasons(source: Source) -> dict[str, str]:
    return dict(source.refused)


def entry(name: str, *, mode: int = 0, system: int = 3, flags: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (2021, 3, 8, 12, 0, 0))
    info.external_attr, info.create_system, info.flag_bits = mode << 16, system, flags
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def test_a_folder_gives_its_files_and_leaves_out_what_tools_keep_for_themselves(write_files):
    kept = ["a.md", "b/c.md", "b/d.png", "....md", "logseq/note.md"]
    left_out = [
        ".git/config.md",
        ".obsidian/app.json",
        ".trash/old.md",
        "node_modules/x/README.md",
        "b/.DS_Store",
        "__MACOSX/._a.md",
        "logseq/bak/pages/a.md",
        ".gitignore",
        "Thumbs.db",
    ]
    folder = write_files(dict.fromkeys(kept + left_out, "text"))
    with open_source(folder) as source:
        assert sorted(paths(source)) == sorted(kept)
        assert source.refused == []


def test_a_link_in_a_folder_is_listed_and_not_followed(write_files, tmp_path: Path):
    secret = tmp_path / "secret.md"
    secret.write_text("secret")
    folder = write_files({"a.md": "text"})
    (folder / "link.md").symlink_to(secret)
    (folder / "all").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.md")
    with open_source(folder) as source:
        assert paths(source) == ["a.md"]
        assert set(reasons(source)) == {"link.md", "all", "pipe.md"}


def test_a_file_that_becomes_a_link_after_the_listing_is_not_followed(write_files, tmp_path: Path):
    (tmp_path / "secret.md").write_text("secret")
    folder = write_files({"a.md": "text"})
    with open_source(folder) as source:
        (folder / "a.md").unlink()
        (folder / "a.md").symlink_to(tmp_path / "secret.md")
        with pytest.raises(UnreadableError):
            source.files[0].read()


def test_a_file_name_that_is_not_utf_8_is_read_as_western(vault: Path):
    (vault / os.fsdecode("café.md".encode("cp1252"))).write_text("text")
    with open_source(vault) as source:
        assert paths(source) == ["café.md"]


@pytest.mark.parametrize(
    "name",
    ["../up.md", "a/../../up.md", "/etc/passwd.md", "C:\\up.md", "..\\up.md", "\\\\host\\share\\up.md"],
)
def test_a_name_that_leads_out_of_the_archive_is_refused_and_the_rest_is_read(make_zip, name: str):
    with open_source(make_zip((entry(name), b"x"), (entry("fine.md"), b"text"))) as source:
        assert paths(source) == ["fine.md"]
        assert list(reasons(source)) == [name]


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_a_link_or_device_in_an_archive_is_refused(make_zip, kind: int):
    with open_source(make_zip((entry("link.md", mode=kind | 0o777), b"/etc/passwd"), ("fine.md", b"x"))) as source:
        assert paths(source) == ["fine.md"]
        assert "link" in reasons(source)["link.md"]


def test_an_encrypted_entry_is_refused_by_name(make_zip):
    path = make_zip(("secret.md", b"text"), ("fine.md", b"text"))
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with open_source(path) as source:
        assert paths(source) == ["fine.md"]
        assert reasons(source) == {"secret.md": "it is encrypted"}


def test_a_bomb_is_refused_before_a_byte_of_it_is_unpacked(make_zip):
    with open_source(make_zip(("bomb.png", bytes(50 * 2**20)), ("fine.md", b"text"))) as source:
        assert paths(source) == ["fine.md"]
        assert "times its size" in reasons(source)["bomb.png"]


def test_an_entry_that_holds_more_than_it_announces_is_never_unpacked_beyond_that(make_zip):
    path = make_zip(("liar.md", b"x" * 1_000_000))
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        struct.pack_into("<L", content, content.index(signature) + offset, 100)
    path.write_bytes(content)
    with open_source(path) as source, pytest.raises(UnreadableError, match="damaged"):
        source.files[0].read()


def test_an_archive_that_would_fill_the_disk_is_refused_as_a_whole(make_zip, monkeypatch):
    monkeypatch.setattr(archives, "LARGEST_TOTAL", 1_000)
    with pytest.raises(Invalid, match="would unpack to"), open_source(make_zip(("a.md", b"x" * 2_000))):
        pass


def test_a_directory_that_would_fill_the_memory_is_refused_before_it_is_read(make_zip, monkeypatch):
    monkeypatch.setattr(archives, "LARGEST_DIRECTORY", 1_000)
    path = make_zip(*[(f"{number}.md", b"") for number in range(30)])
    with pytest.raises(Invalid, match="too many files"), open_source(path):
        pass


def test_too_many_files_are_refused(make_zip, monkeypatch):
    monkeypatch.setattr(sources, "MOST_FILES", 3)
    path = make_zip(*[(f"{number}.md", b"") for number in range(4)])
    with pytest.raises(Invalid, match="more than 3 files"), open_source(path):
        pass


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 broken", b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_archive_is_refused_with_a_sentence(tmp_path: Path, content: bytes):
    path = tmp_path / "broken.zip"
    path.write_bytes(content)
    with pytest.raises(Invalid, match=r"broken\.zip"), open_source(path):
        pass


def test_a_damaged_entry_is_unreadable_and_the_others_are_not(make_zip):
    path = make_zip((entry("bad.md"), b"text of the bad one"), (entry("fine.md"), b"text"))
    content = bytearray(path.read_bytes())
    content[content.index(b"bad.md") + 8] ^= 0xFF
    path.write_bytes(content)
    with open_source(path) as source:
        bad, fine = source.files
        assert fine.read() == b"text"
        with pytest.raises(UnreadableError, match="damaged"):
            bad.read()


def test_a_name_that_stands_twice_in_an_archive_is_told(make_zip):
    with pytest.warns(UserWarning, match="Duplicate"):
        path = make_zip(("a.md", b"one"), ("a.md", b"two"))
    with open_source(path) as source:
        assert paths(source) == ["a.md"]
        assert "twice" in reasons(source)["a.md"]


def test_the_one_folder_that_wraps_everything_is_taken_off(make_zip):
    path = make_zip(("garden-main/a.md", b""), ("garden-main/b/c.md", b""), ("__MACOSX/garden-main/._a.md", b""))
    with open_source(path) as source:
        assert paths(source) == ["a.md", "b/c.md"]


def test_a_folder_that_says_what_lies_in_it_is_not_taken_off(make_zip):
    with open_source(make_zip(("journals/2021_03_08.md", b""))) as source:
        assert paths(source) == ["journals/2021_03_08.md"]


def test_names_are_utf_8_whether_the_archive_says_so_or_not(make_zip):
    path = make_zip((entry("cafe?.md"), b"unmarked"), (entry("größe.md"), b"marked"))
    path.write_bytes(path.read_bytes().replace(b"cafe?.md", "café.md".encode()))
    with open_source(path) as source:
        assert sorted(paths(source)) == ["café.md", "größe.md"]


def test_backslashes_of_windows_archives_are_folders_and_those_of_others_are_names(make_zip):
    with open_source(make_zip((entry("a\\b.md", system=0), b""), (entry("c\\d.md"), b""))) as source:
        assert sorted(paths(source)) == ["a/b.md", "c\\d.md"]


def test_a_note_that_is_too_large_is_refused_by_name(write_files):
    with open_source(write_files({"huge.md": b"x" * 5_000_001, "fine.md": "x"})) as source:
        assert paths(source) == ["fine.md"]
        assert "too large for a note" in reasons(source)["huge.md"]


def test_what_is_neither_folder_nor_archive_is_refused_with_a_sentence(tmp_path: Path):
    (tmp_path / "a.txt").write_text("x")
    for path in (tmp_path / "a.txt", tmp_path / "nothing"):
        with pytest.raises(Invalid), open_source(path):
            pass

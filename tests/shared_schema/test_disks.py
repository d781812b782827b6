"""Which disk a path is on, by the kernel's list of mounts."""

from pathlib import Path

import pytest

from shared_schema import disks

LINE = "{number} 1 8:1 / {place} rw,relatime shared:1 - {kind} host:/export rw\n"


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    places = {
        "/": "nfs4",
        f"{tmp_path}/local": "ext4",
        f"{tmp_path}/nfs": "nfs4",
        f"{tmp_path}/nfs/inner": "xfs",
        f"{tmp_path}/with\\040space": "cifs",
        f"{tmp_path}/sshfs": "fuse.sshfs",
        f"{tmp_path}/ntfs": "fuse.ntfs-3g",
        f"{tmp_path}/twice": "9p",
        f"{tmp_path}/hidden": "ext4",
    }
    lines = [LINE.format(number=place, place=place, kind=kind) for place, kind in places.items()]
    lines += [LINE.format(number=90, place=f"{tmp_path}/twice", kind="ext4")]
    lines += [LINE.format(number=91, place=f"{tmp_path}/hidden", kind="smb3")]
    for name in ("local", "nfs/inner", "nfs-beside", "with space", "sshfs", "ntfs", "twice", "hidden"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "mounts").write_text("".join(lines))
    return tmp_path / "mounts"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("local/x.db", None),
        ("nfs/x.db", "nfs4"),
        ("nfs/not/there/yet/x.db", "nfs4"),
        ("nfs/inner/x.db", None),
        ("nfs-beside/x.db", None),
        ("with space/x.db", "cifs"),
        ("sshfs/x.db", "fuse.sshfs"),
        ("ntfs/x.db", None),
        ("twice/x.db", None),
        ("hidden/x.db", "smb3"),
    ],
)
def test_the_innermost_and_latest_mount_counts(mounts: Path, path: str, kind: str | None) -> None:
    assert disks.network_kind(mounts.parent / path, mounts) == kind


def test_a_link_leads_to_the_disk_of_its_target(mounts: Path) -> None:
    (mounts.parent / "local" / "link").symlink_to(mounts.parent / "nfs")
    assert disks.network_kind(mounts.parent / "local" / "link" / "x.db", mounts) == "nfs4"


def test_a_system_that_does_not_tell_has_no_network_disk(tmp_path: Path) -> None:
    assert disks.network_kind(tmp_path, tmp_path / "no-such-list") is None

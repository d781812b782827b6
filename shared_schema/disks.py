"""What is known of the disk below a path: its kind, how much is free, whether it may be written."""

import os
import re
import shutil
from pathlib import Path

# Their locks and shared memory do not reach the other hosts: two of them would write into each other's WAL.
_NETWORK = re.compile(
    "9p|afs|beegfs|ceph|cifs|coda|davfs|gfs2|glusterfs|gpfs|lustre|ncpfs|nfs4?|ocfs2|smb[23]|smbfs"
    r"|fuse\.(ceph|davfs|gcsfuse|glusterfs|goofys|mfs|rclone|s3fs|sshfs).*"
)
_MOUNTS = Path("/proc/self/mountinfo")


def network_kind(path: Path, mounts: Path = _MOUNTS) -> str | None:
    """`nfs4`, say, if the path is on a disk that other hosts share; None for a disk of this host, or where the system
    does not tell.
    """
    kind = _kind(path, mounts)
    return kind if kind and _NETWORK.fullmatch(kind) else None


def nearest(path: Path) -> Path:
    """The path, or the nearest one above it that exists."""
    return next(place for place in (path.absolute(), *path.absolute().parents) if os.path.exists(place))


def free(path: Path) -> int:
    """The bytes that this user may still write on the disk of a path."""
    return shutil.disk_usage(nearest(path)).free


def is_read_only(path: Path) -> bool:
    """Whether the disk of a path is mounted to read only."""
    return bool(os.statvfs(nearest(path)).f_flag & os.ST_RDONLY)


def _kind(path: Path, mounts: Path) -> str | None:
    """The type of the file system. Of two mounts on one directory the later counts, as it hides the earlier.

    None for the root: a host without a disk, or a sandbox, has it to itself, however it comes.
    """
    try:
        lines = mounts.read_text().splitlines()
    except OSError:  # not Linux
        return None
    place, best, kind = nearest(path).resolve(), -1, None
    for line in lines:
        fields, _, rest = line.partition(" - ")
        root = Path(_unescaped(fields.split(" ")[4]))
        if place.is_relative_to(root) and len(root.parts) >= best:
            best, kind = len(root.parts), rest.split(" ")[0] if len(root.parts) > 1 else None
    return kind


def _unescaped(text: str) -> str:
    """A path as it is: /proc writes a space as `\\040`."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)

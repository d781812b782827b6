"""Paths of categories, as they are read and written."""

import pytest

from study_service.banks import paths


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("$course$/top/Routing", ("Routing",)),
        ("$system$/Routing", ("Routing",)),
        ("top/Networks/ Routing /", ("Networks", "Routing")),
        ("TCP//IP/A////B", ("TCP/IP", "A//B")),
        ("$course$/top/top", ("top",)),
        ("$course$/Top", ("Top",)),
        ("$course$/top", ()),
        ("", ()),
    ],
)
def test_path_has_names(path, names):
    assert paths.names(path) == names


@pytest.mark.parametrize("name", ["a", "TCP/IP", "/etc", "a/", "//", "top", "$course$", "a // b", None])
def test_path_of_one_name_is_read_as_this_name(name):
    assert paths.names(paths.path(name)) == ((name,) if name else ())

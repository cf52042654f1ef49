"""Results on disk: round trips, whole files only, and errors that name the file and the command
that remakes it."""

import json
import os
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lab import __version__
from lab.workshop import store

ARRAYS = {
    "loss": np.array([[1.0, np.inf], [np.nan, -0.0]]),
    "steps": np.arange(3),
    "names": np.array(["a", "bé"]),
    "ok": np.array(True),
}
COMMAND = "lab run speed"


@pytest.fixture
def saved(tmp_path):
    return store.save(
        tmp_path / "deep" / "speed.npz",
        "speed",
        {"dims": 8, "lrs": (0.1, 0.2)},
        ARRAYS,
        seconds=1.23456,
    )


def test_round_trip(saved):
    arrays_read, header = store.load(saved, COMMAND)
    assert set(arrays_read) == set(ARRAYS)
    for name, value in ARRAYS.items():
        np.testing.assert_array_equal(arrays_read[name], value, err_msg="bytes")
        assert arrays_read[name].dtype == value.dtype
    assert header["experiment"] == "speed"
    assert header["settings"] == {"dims": 8, "lrs": [0.1, 0.2]}
    assert header["key"] == store.key("speed", {"lrs": [0.1, 0.2], "dims": 8})
    assert (header["lab"], header["numpy"], header["seconds"]) == (
        __version__,
        np.__version__,
        1.235,
    )
    assert [p.name for p in saved.parent.iterdir()] == ["speed.npz"], "no temporary file is left"


@given(
    arrays.arrays(
        st.sampled_from([float, int, bool, "U3"]),
        arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
    )
)
def test_any_array_comes_back(tmp_path_factory, x):
    path = store.save(tmp_path_factory.mktemp("store") / "x.npz", "x", {}, {"x": x}, seconds=0)
    np.testing.assert_array_equal(store.load(path, COMMAND)[0]["x"], x, err_msg="bytes")


def test_key():
    key = store.key("speed", {"dims": 8})
    assert len(key) == 12
    assert int(key, 16) >= 0
    assert key == store.key("speed", {"dims": 8}, 1)
    others = [
        store.key("slow", {"dims": 8}),
        store.key("speed", {"dims": 9}),
        store.key("speed", {"dims": 8}, 2),
        store.key("speed", {}),
    ]
    assert len({key, *others}) == 5


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_failure_while_writing_leaves_the_old_file(saved, monkeypatch, failing):
    def fail(*args):
        raise OSError("disk full")

    before = saved.read_bytes()
    monkeypatch.setattr(os, failing, fail)
    with pytest.raises(OSError, match="disk full"):
        store.save(saved, "speed", {}, {"loss": np.zeros(3)}, seconds=0)
    assert saved.read_bytes() == before
    assert [p.name for p in saved.parent.iterdir()] == ["speed.npz"]


def test_the_new_file_appears_only_when_it_is_whole(saved, monkeypatch):
    """At the moment of the rename the temporary file is already complete and readable."""
    rename = os.replace
    seen = []

    def check(temporary, path):
        with np.load(temporary) as file:
            seen.append(file["loss"].tolist())
        rename(temporary, path)

    monkeypatch.setattr(os, "replace", check)
    store.save(saved, "speed", {}, {"loss": np.ones(2)}, seconds=0)
    assert seen == [[1, 1]]


@pytest.mark.parametrize(
    "bad", [np.array([None]), np.array([1j]), [object()], np.array(["2020"], dtype="datetime64")]
)
def test_what_is_not_numbers_or_text_is_refused(saved, bad):
    before = saved.read_bytes()
    with pytest.raises(
        TypeError, match=r"speed returned 'x' with dtype .*: results are arrays of numbers or text"
    ):
        store.save(saved, "speed", {}, {"x": bad}, seconds=0)
    assert saved.read_bytes() == before


@pytest.mark.parametrize("name", ["file", "allow_pickle", store.HEADER])
def test_reserved_names_are_refused(saved, name):
    with pytest.raises(
        ValueError, match=f"speed returned an array called '{name}': choose another name"
    ):
        store.save(saved, "speed", {}, {name: np.ones(1)}, seconds=0)


def refused(path, *said):
    with pytest.raises(ValueError, match="remake it with: lab run speed") as caught:
        store.load(path, COMMAND)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    for part in said:
        assert part in str(caught.value)


def test_truncated_anywhere(saved):
    whole = saved.read_bytes()
    for length in (0, 1, 10, len(whole) // 2, len(whole) - 1):
        saved.write_bytes(whole[:length])
        refused(saved, "damaged")


def test_a_flipped_byte_never_goes_unnoticed_as_other_numbers(saved):
    """Compressed data carries a checksum: a flipped byte is refused, or hit a part that does not
    matter."""
    whole = saved.read_bytes()
    reference = store.load(saved, COMMAND)[0]
    for k in range(0, len(whole), 7):
        saved.write_bytes(whole[:k] + bytes([whole[k] ^ 0xFF]) + whole[k + 1 :])
        try:
            read = store.load(saved, COMMAND)[0]
        except ValueError:
            refused(saved)
        else:
            np.testing.assert_equal(read, reference, err_msg="bytes")


def test_foreign_files(tmp_path):
    path = tmp_path / "speed.npz"
    np.savez(path, loss=np.ones(3))
    refused(path, "not a result of this lab")
    np.savez(path, **{store.HEADER: np.array("[1, 2]")})
    refused(path, "not a result of this lab")
    with path.open("wb") as file:
        np.save(file, np.ones(3))
    refused(path, "not a result of this lab")
    path.write_text("loss,steps\n1,2\n", encoding="utf-8")
    refused(path)
    with path.open("wb") as file:
        np.savez(file, x=np.array([{"a": 1}], dtype=object))
    refused(path)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"lab": "0.0.1"}, f"written by lab 0.0.1, this is {__version__}"),
        ({"format": 0}, "written by"),
    ],
)
def test_another_version(saved, changed, said):
    with np.load(saved) as file:
        parts = {k: file[k] for k in file.files}
    header = json.loads(str(parts[store.HEADER])) | changed
    np.savez(saved, **(parts | {store.HEADER: np.array(json.dumps(header))}))
    refused(saved, said)


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_results_have_the_mode_of_any_other_file(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        path = store.save(tmp_path / "x.npz", "x", {}, {"x": np.ones(1)}, seconds=0)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == mode


@pytest.fixture
def nobody():
    """The rights of a user who is not root, for whom no folder is closed."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    yield
    os.seteuid(0)


@pytest.fixture
def closed():
    """A folder that nobody may write to, where everybody may look: pytest's own folders are for one
    user."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o555)
        yield Path(folder)
        os.chmod(folder, 0o755)


def test_a_folder_that_cannot_be_written_to_is_named(closed, nobody):
    for path in (closed / "x.npz", closed / "new" / "deep" / "x.npz"):
        with pytest.raises(
            PermissionError, match=f"cannot write to {path.parent}: {closed} is not writable"
        ):
            store.save(path, "x", {}, {"x": np.ones(1)}, seconds=0)


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path):
    (tmp_path / "results").write_bytes(b"")
    with pytest.raises(
        PermissionError, match=r"cannot write to .*results: .*results is not a folder"
    ):
        store.save(tmp_path / "results" / "x.npz", "x", {}, {"x": np.ones(1)}, seconds=0)


def test_a_missing_file(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"none\.npz does not exist; make it with: lab run speed"
    ):
        store.load(tmp_path / "none.npz", COMMAND)

"""What is done here without DVC comes out as DVC itself does it: its own code, beside ours."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate_hooks.dvc.digests import folder_md5, md5_of
from headgate_hooks.dvc.params import values_in
from headgate_hooks.dvc.templates import Unresolved, merged, resolve
from headgate_hooks.dvc.yaml12 import NotYaml, parse

SCALARS = [
    "1e-3", "1E5", "1.", ".5", "-0.5e+3", "1_000", "010", "0o10", "0x1F", "0b101", "+7", "-7", "0", "00",
    "yes", "no", "on", "off", "y", "true", "True", "TRUE", "False", "null", "~", "", ".inf", "-.inf", ".nan",
    "1:30", "12:30:45", "2026-11-27", "'1e-3'", '"yes"', "1e", "e3", "0.1.2", "1,5", "- x", "a: b", "<<", "_1", "1__0",
    "1e3_", "0o8", "0xg", ".e1", "1.5e", "Null", "NaN", ".NaN", "2026-1-2", "2026-11-27T10:00:00Z",
]  # fmt: skip


@pytest.mark.parametrize("text", SCALARS)
def test_a_value_is_read_as_dvc_reads_it(text: str) -> None:
    from dvc.utils.serialize import parse_yaml

    content = f"a: {text}\n"
    try:
        theirs: Any = parse_yaml(content, "params.yaml")
    except Exception:  # whatever it is, DVC refuses it
        theirs = None
    try:
        ours: Any = parse(content.encode()).values
    except NotYaml:
        ours = None

    assert (type(ours), str(told(ours))) == (type(theirs), str(told(theirs)))


def told(values: Any) -> Any:
    """The value of `a`, where there is one."""
    return values["a"] if isinstance(values, dict) else values


def test_a_python_file_gives_what_dvc_takes_from_it() -> None:
    from dvc.utils.serialize import parse_py

    text = (
        "import os\nA = 1\nB: float = 1e-3\nC = (1, 2)\nD = {'x': [1, {'y': None}]}\nE = F = 2\nG = os.environ\n"
        "class T:\n    H = True\n    def __init__(self, n=1):\n        self.i = -3\n        self.j = n\n        k = 4\n"
    )

    assert values_in("params.py", text.encode()) == parse_py(text, "params.py")


NAMES = {
    "lr": 1e-3,
    "on": True,
    "none": None,
    "text": "a b",
    "model": {"name": "cnn", "layers": [8, 16]},
    "n-1": {"x_y": 2},
}


@pytest.mark.parametrize(
    ("source", "key"),
    [
        ("${lr}", "cmd"), ("x ${lr} ${on} ${none} ${text}", "cmd"), ("${model.layers[1]} ${model.layers.0}", "outs"),
        ("${model}", "foreach"), ("run ${model}", "cmd"), ("${ model.name }", "cmd"), (r"\${lr} ${lr}", "cmd"),
        ("${n-1.x_y}", "cmd"), ("${model[name]}", "cmd"), ("${model}", "outs"), ("${gone}", "cmd"), ("${}", "cmd"),
        ("${model.layers[7]}", "cmd"), ("${lr.x}", "cmd"), ("${a..b}", "cmd"), ("$lr $${lr}", "cmd"),
        (["${lr}", {"${text}": "${on}"}], "outs"), ("${model.layers}", "cmd"),
    ],
)  # fmt: skip
def test_a_template_is_resolved_as_dvc_resolves_it(source: Any, key: str) -> None:
    from dvc.exceptions import DvcException
    from dvc.parsing.context import Context

    try:
        theirs = Context(NAMES).resolve(source, key=key)
    except (DvcException, ValueError):
        theirs = "refused"
    try:
        ours = resolve(source, NAMES, key)
    except Unresolved:
        ours = "refused"

    assert ours == theirs


def test_a_name_may_be_defined_once_only() -> None:
    assert merged({"a": {"b": 1}}, {"a": {"c": 2}}) == {"a": {"b": 1, "c": 2}}
    with pytest.raises(Unresolved, match=r"'a\.b' is defined twice"):
        merged({"a": {"b": 1}}, {"a": {"b": 1}})


@settings(deadline=None)  # the first example imports DVC
@given(st.binary(max_size=2000) | st.text(alphabet="ab\r\n\tü", max_size=700).map(str.encode))
def test_a_file_is_hashed_as_dvc_2_did(content: bytes) -> None:
    from io import BytesIO

    from dvc_data.hashfile.hash import fobj_md5

    assert md5_of(content, legacy=True) == fobj_md5(BytesIO(content), name="md5-dos2unix")
    assert md5_of(content, legacy=False) == hashlib.md5(content, usedforsecurity=False).hexdigest()


@settings(deadline=None)
@given(st.dictionaries(st.text(alphabet="ab/ü ", min_size=1, max_size=6), st.just("0a" * 16), max_size=6))
def test_a_folder_is_hashed_as_dvc_does(files: dict[str, str]) -> None:
    from dvc_data.hashfile.hash_info import HashInfo
    from dvc_data.hashfile.tree import Tree

    tree = Tree()
    for name, md5 in files.items():
        tree.add(tuple(name.split("/")), None, HashInfo("md5", md5))
    tree.digest()

    assert folder_md5(files) == tree.oid


def test_a_conflict_is_named_before_anything_else_is_read() -> None:
    with pytest.raises(NotYaml, match="merge conflict") as refused:
        parse(b"a: 1\n<<<<<<< HEAD\nb: [\n=======\n>>>>>>> x\n")

    assert refused.value.line == 2

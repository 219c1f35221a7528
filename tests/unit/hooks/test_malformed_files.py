"""Whatever stands in DVC's files, a hook says what is wrong with it, and never falls over it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate_hooks.dvc import shapes
from headgate_hooks.dvc.params import ParamsUnreadable
from headgate_hooks.dvc.records import Project
from headgate_hooks.dvc.stages import Stage, Unknown, stages_in
from headgate_hooks.dvc.yaml12 import NotYaml, parse
from headgate_hooks.staged import Entry, Tree
from headgate_hooks.workflows import _in, _Settings

WORDS = [
    "stages", "foreach", "do", "matrix", "vars", "cmd", "deps", "outs", "params", "metrics", "plots", "wdir", "cache",
    "path", "md5", "files", "schema", "frozen", "a.csv", "${item}", "${a.b}", "${", "params.yaml", "jobs", "steps",
    "uses", "with", "run", "on", "permissions", "acme/headgate/actions/gate@main", "headgate gate",
    "actions/checkout@v4",
]  # fmt: skip
leaves = st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=True) | st.sampled_from(WORDS)
trees = st.recursive(
    leaves,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inside, max_size=4),
    max_leaves=20,
)
stages = st.dictionaries(st.sampled_from(["a", "b@c", "${item}"]), trees, max_size=3)


def tree_of(**files: Any) -> Tree:
    """A tree that lies in memory."""
    kept = {name.replace("_", "."): yaml.safe_dump(values).encode() for name, values in files.items()}
    return Tree(Path("/nowhere"), "", {path: Entry("0" * 40, False) for path in kept}, kept)


@settings(deadline=None, max_examples=100)
@given(stages | trees, trees, trees)
def test_dvc_s_files_may_hold_anything(plan: Any, lock: Any, params: Any) -> None:
    project = Project(
        tree_of(dvc_yaml={"stages": plan, "vars": [params]}, dvc_lock={"schema": "2.0", "stages": lock}, a_dvc=plan,
                params_yaml=params)
    )  # fmt: skip
    try:
        found = list(stages_in("", project.mapping("dvc.yaml"), project.values))
    except (Unknown, ParamsUnreadable):
        found = []
    for stage in found:
        if isinstance(stage, Stage):
            assert all(isinstance(path, str) for path, _ in stage.outs)
            assert all(isinstance(names, list) for names in stage.params.values())
    assert all(out.named_by for out in project.outs(["a.dvc"], ["dvc.lock"]))
    for shape in (shapes.PIPELINE, shapes.LOCK, shapes.POINTER, shapes.STAGE, shapes.FOREACH):
        assert all(why for _, why in shapes.mistakes(plan, shape))


@settings(deadline=None, max_examples=100)
@given(trees)
def test_a_workflow_may_hold_anything(values: Any) -> None:
    text = yaml.safe_dump({"jobs": {"a": values, "b": {"steps": values}}, "on": values})

    assert all(finding.line for finding in _in("x.yml", parse(text.encode()), _Settings(True, True)))


@settings(deadline=None, max_examples=100)
@given(
    st.text(alphabet="ab:- \n\t{}[]&*!|>'\"#%@`?\x00ü", max_size=40)
    | st.binary(max_size=30).map(lambda raw: raw.decode("latin1"))
)
def test_a_text_is_yaml_or_is_not(text: str) -> None:
    try:
        document = parse(text.encode("utf-8", "surrogateescape"))
    except NotYaml as problem:
        assert problem.line >= 1
        assert problem.why
    else:
        assert document.line("a", 0, "b") >= 1

"""Kinds of DVC project, built from DVC's documentation and run with the real DVC: each a list of what to do."""

from __future__ import annotations

from collections.abc import Callable

from support.hook_repository import HookRepository

Build = Callable[[HookRepository], None]
LAYOUTS: dict[str, Build] = {}


def layout(build: Build) -> Build:
    """Put a layout on the list, by the name of its function."""
    LAYOUTS[build.__name__.replace("_", " ")] = build
    return build


def stage(name: str, command: str, *, reads: str, makes: str) -> str:
    """A dvc.yaml of one stage."""
    return f"stages:\n  {name}:\n    cmd: {command}\n    deps: [{reads}]\n    outs: [{makes}]\n"


def started(repository: HookRepository, files: dict[str, str]) -> None:
    """A DVC project with these files and a pipeline that has run."""
    repository.dvc("init", "--quiet")
    for path, text in files.items():
        repository.write(path, text)
    repository.dvc("repro", "--quiet")


@layout
def foreach_over_lists_and_mappings(repository: HookRepository) -> None:
    started(
        repository,
        {
            "params.yaml": """\
models:
  - {name: a b, depth: 1}
  - {name: deep, depth: 2}
sizes: {s: 1, l: 9}
rates: [0.1, 1e-3]
""",
            "src.txt": "code\n",
            "dvc.yaml": """\
stages:
  plain:
    foreach: [us, eu, true]
    do:
      cmd: echo ${item} > plain-${item}.txt
      deps: [src.txt]
      outs: ["plain-${item}.txt"]
  of_params:
    foreach: ${models}
    do:
      cmd: echo "${item.name}" ${item.depth} > "model ${item.depth}.txt"
      outs: ["model ${item.depth}.txt"]
  by_key:
    foreach: ${sizes}
    do:
      cmd: echo ${key} ${item} > size-${key}.txt
      params: ["sizes.${key}"]
      outs:
        - size-${key}.txt
  of_rates:
    foreach: ${rates}
    do:
      cmd: echo ${item} > rate-${item}.txt
      outs: ["rate-${item}.txt"]
""",
        },
    )


@layout
def matrix(repository: HookRepository) -> None:
    started(
        repository,
        {
            "params.yaml": "features: [raw, scaled]\n",
            "dvc.yaml": """\
stages:
  train:
    matrix:
      model: [cnn, xgb]
      feature: ${features}
      options:
        - {layers: 1}
        - {layers: 2}
    cmd: echo ${item.model} ${item.feature} ${item.options.layers} > ${key}.txt
    outs: ["${key}.txt"]
""",
        },
    )


@layout
def templated_vars(repository: HookRepository) -> None:
    started(
        repository,
        {
            "params.yaml": "paths: {raw: raw.txt}\n",
            "config/general.json": '{"train": {"lr": 0.001, "layers": [8, 16], "verbose": true, "name": "it\'s"}}\n',
            "config/local.yaml": "seed: 7\nunused: 1\n",
            "raw.txt": "raw\n",
            "sub/inside.txt": "inside\n",
            "dvc.yaml": """\
vars:
  - config/general.json
  - folder: out
    where: sub
stages:
  prepare:
    cmd: mkdir -p ${folder} && cp ${paths.raw} ${folder}/prepared.txt
    deps: ["${paths.raw}"]
    outs: ["${folder}/prepared.txt"]
  train:
    vars:
      - config/local.yaml:seed
      - extra: 3
    cmd: echo ${train} ${seed} ${extra} ${train.layers[0]} \\${HOME} > model.txt
    deps: ["${folder}/prepared.txt"]
    outs: [model.txt]
  elsewhere:
    wdir: ${where}
    cmd: cp inside.txt made.txt
    deps: [inside.txt]
    outs: [made.txt]
""",
        },
    )


@layout
def params_in_python(repository: HookRepository) -> None:
    started(
        repository,
        {
            "params.py": '''\
"""Parameters."""
import os
SEED: int = 42
LAYERS = (16, 32)
NAMES = ["a", "b"]
OPTIONS = {"lr": 1e-3, "momentum": -0.5}
HOME = os.environ.get("HOME")

class Train:
    EPOCHS = 3
    def __init__(self):
        self.rate = 0.1
''',
            "dvc.yaml": """\
stages:
  train:
    cmd: echo trained > model.txt
    params:
      - params.py:
          - SEED
          - LAYERS
          - NAMES
          - OPTIONS.lr
          - Train.EPOCHS
          - Train.rate
    outs: [model.txt]
  whole:
    cmd: echo whole > whole.txt
    params:
      - params.py:
    outs: [whole.txt]
""",
        },
    )


@layout
def params_in_toml_and_json(repository: HookRepository) -> None:
    started(
        repository,
        {
            "settings.toml": 'title = "x"\n[train]\nlr = 1e-3\nlayers = [1, 2]\n',
            "settings.json": '{"train": {"epochs": 3, "mixed": [1, "a", null, true]}, "": 1}\n',
            "dvc.yaml": """\
stages:
  train:
    cmd: echo trained > model.txt
    params:
      - settings.toml: [train.lr, train]
      - settings.json: [train.epochs, train.mixed]
    outs: [model.txt]
  whole:
    cmd: echo whole > whole.txt
    params:
      - settings.json:
      - settings.toml:
    outs: [whole.txt]
""",
        },
    )


@layout
def yaml_as_dvc_reads_it(repository: HookRepository) -> None:
    started(
        repository,
        {
            "params.yaml": """\
lr: 1e-3
answer: no
switch: on
octal: 010
new_octal: 0o10
big: 1_000
inf: .inf
nothing:
text: "1e-3"
base: &base {a: 1}
derived:
  <<: *base
  b: 2
deep: {list: [{x: 1}]}
""",
            "dvc.yaml": """\
stages:
  train:
    cmd: >
      echo folded
      > model.txt
    desc: what it does
    meta: {anything: [goes]}
    params: [lr, answer, switch, octal, new_octal, big, inf, nothing, text, derived, deep.list]
    outs: [model.txt]
  listed:
    cmd:
      - echo one > one.txt
      - |
        echo two >> one.txt
    params:
      - lr
      - params.yaml:
    outs:
      - one.txt:
          desc: what it is
          persist: true
artifacts:
  model:
    path: model.txt
    type: model
    labels: [a]
""",
        },
    )


@layout
def metrics_and_plots(repository: HookRepository) -> None:
    started(
        repository,
        {
            "dvc.yaml": """\
stages:
  evaluate:
    cmd:
      - mkdir -p dvclive/plots images
      - echo '{"acc":0.5}' > metrics.json
      - printf 'step,loss\\n0,1\\n' > dvclive/plots/loss.csv
      - printf 'step,loss\\n0,1\\n' > log.csv
      - printf 'x' > images/a.png
    metrics:
      - metrics.json:
          cache: false
    plots:
      - dvclive/plots:
          cache: false
      - log.csv:
          x: step
          y: loss
          title: The loss
          template: linear
      - images
metrics:
  - dvclive/metrics.json
params:
  - dvclive/params.yaml
plots:
  - curves:
      x: step
      y: {log.csv: loss, dvclive/plots/loss.csv: [loss]}
      title: Both
  - images
  - log.csv:
""",
        },
    )


@layout
def frozen_stages(repository: HookRepository) -> None:
    started(
        repository,
        {
            "in.txt": "in\n",
            "dvc.yaml": """\
stages:
  fetch:
    cmd: cp in.txt fetched.txt
    deps: [in.txt]
    outs: [fetched.txt]
  next:
    cmd: cp fetched.txt next.txt
    deps: [fetched.txt]
    outs: [next.txt]
  always:
    cmd: date > when.txt
    deps: [next.txt]
    outs: [when.txt]
    always_changed: true
  callback:
    cmd: "true"
""",
        },
    )
    repository.dvc("freeze", "fetch")
    repository.write("in.txt", "changed since\n")


@layout
def imports(repository: HookRepository) -> None:
    source = HookRepository.make(repository.folder.parent / "source")
    source.dvc("init", "--quiet")
    source.dvc("remote", "add", "--quiet", "--default", "storage", "../source-storage")
    source.write("data/raw.csv", "1\n")
    source.write("code.py", "print()\n")
    source.dvc("add", "--quiet", "data/raw.csv")
    source.dvc("push", "--quiet")
    source.commit()
    repository.write("../published.txt", "published\n")
    repository.dvc("init", "--quiet")
    repository.dvc("import", "--quiet", "../source", "data/raw.csv", "--out", "raw.csv")
    repository.dvc("import", "--quiet", "../source", "code.py", "--rev", "main")
    repository.dvc("import-url", "--quiet", "../published.txt", "published.txt")
    repository.dvc("import-url", "--quiet", "--no-download", "../published.txt", "later.txt")
    repository.write(
        "dvc.yaml",
        """\
stages:
  use:
    cmd: cat raw.csv published.txt > used.txt
    deps: [raw.csv, published.txt]
    outs: [used.txt]
""",
    )
    repository.dvc("repro", "--quiet", "use")


@layout
def external_deps_and_outs(repository: HookRepository) -> None:
    outside = repository.folder.parent / "outside"
    outside.mkdir()
    (outside / "in.txt").write_text("in\n")
    started(
        repository,
        {
            "dvc.yaml": f"""\
stages:
  outside:
    cmd: cp ../outside/in.txt ../outside/out.txt
    deps:
      - {outside}/in.txt
      - ../outside/in.txt
    outs:
      - {outside}/out.txt:
          cache: false
""",
        },
    )


@layout
def cloud_versioned_remote(repository: HookRepository) -> None:
    """What `dvc push` leaves behind with `version_aware`; there is no cloud to push to here."""
    started(
        repository,
        {
            "dvc.yaml": stage("split", "mkdir -p parts && cp data.csv parts/a.csv", reads="data.csv", makes="parts"),
            "data.csv": "1\n",
        },
    )
    repository.dvc("remote", "add", "--quiet", "--default", "versioned", "s3://bucket/path")
    repository.dvc("remote", "modify", "versioned", "version_aware", "true")
    repository.write(
        "images.dvc",
        """\
outs:
- path: images
  files:
  - size: 1
    md5: c4ca4238a0b923820dcc509a6f75849b
    relpath: a.png
    cloud:
      versioned:
        etag: c4ca4238a0b923820dcc509a6f75849b
        version_id: 7f3c9nSAD.kq
""",
    )
    repository.write(
        "dvc.lock",
        """\
schema: '2.0'
stages:
  split:
    cmd: mkdir -p parts && cp data.csv parts/a.csv
    deps:
    - path: data.csv
      hash: md5
      md5: b026324c6904b2a9cb4b88d6d61c81d1
      size: 2
    outs:
    - path: parts
      hash: md5
      files:
      - relpath: a.csv
        md5: b026324c6904b2a9cb4b88d6d61c81d1
        size: 2
        cloud:
          versioned:
            etag: b026324c6904b2a9cb4b88d6d61c81d1
            version_id: WHc7FnSAD.kq
""",
    )


@layout
def projects_in_subfolders(repository: HookRepository) -> None:
    for name in ("vision model", "städte"):
        repository.write(f"{name}/in.txt", f"{name}\n")
        repository.run("dvc", "init", "--quiet", "--subdir", cwd=name)
        repository.write(f"{name}/params.yaml", "lr: 1\n")
        repository.write(
            f"{name}/dvc.yaml",
            stage("train", "cp in.txt out.txt", reads="in.txt", makes="out.txt") + "    params: [lr]\n",
        )
        repository.write(f"{name}/data.bin", "data\n")
        repository.run("dvc", "add", "--quiet", "data.bin", cwd=name)
        repository.run("dvc", "repro", "--quiet", cwd=name)


@layout
def pipelines_in_folders_of_one_project(repository: HookRepository) -> None:
    repository.dvc("init", "--quiet")
    repository.write("shared/raw.csv", "1\n")
    repository.dvc("add", "--quiet", "shared/raw.csv")
    repository.write(
        "prepare/dvc.yaml",
        stage("prepare", "cp ../shared/raw.csv clean.csv", reads="../shared/raw.csv", makes="clean.csv"),
    )
    repository.write("train/params.yaml", "lr: 0.1\n")
    repository.write(
        "train/dvc.yaml",
        "stages:\n  train:\n    cmd: cp ../prepare/clean.csv model.bin\n    deps: [../prepare/clean.csv]\n"
        "    params: [lr]\n    outs: [model.bin]\n",
    )
    repository.dvc("repro", "--quiet", "--all-pipelines")


@layout
def folders_as_deps_and_outs(repository: HookRepository) -> None:
    repository.dvc("init", "--quiet")
    for name in ("b.csv", "a b.csv", "sub/ä.csv"):
        repository.write(f"data/raw/{name}", f"{name}\n")
    repository.dvc("add", "--quiet", "data/raw")
    repository.write("src/train.py", "print()\n")
    repository.write("src/notes.md", "notes\n")
    repository.write(".gitignore", "__pycache__/\n")
    repository.write("src/__pycache__/train.pyc", b"\x00\x01")
    repository.write("lib/a.py", "a\n")
    repository.write("lib/scratch.tmp", "not of the hash\n")
    repository.write(".dvcignore", "*.tmp\n")
    repository.write(
        "dvc.yaml",
        """\
stages:
  copy:
    cmd: cp -r data/raw copied
    deps: [data/raw/, ./src, lib]
    outs: [copied]
  one:
    cmd: cp data/raw/b.csv one.csv
    deps: [data/raw/b.csv, data/raw/sub, data]
    outs: [one.csv]
""",
    )
    repository.dvc("repro", "--quiet")


@layout
def line_ends_and_attributes(repository: HookRepository) -> None:
    repository.write(".gitattributes", "*.txt text eol=crlf\n")
    started(
        repository,
        {
            "windows.txt": "one\r\ntwo\r\n",
            "dvc.yaml": stage("copy", "cp windows.txt out.bin", reads="windows.txt", makes="out.bin"),
        },
    )


@layout
def locks_of_dvc_2(repository: HookRepository) -> None:
    """Hashes of DVC 2: of text with Unix line ends, and without `hash: md5`."""
    repository.dvc("init", "--quiet")
    repository.write("windows.csv", "1\r\n")
    repository.write(
        "dvc.yaml", "stages:\n  copy:\n    cmd: cp windows.csv out.bin\n    deps: [windows.csv]\n    outs: [out.bin]\n"
    )
    repository.write(".gitignore", "/out.bin\n")
    repository.write(
        "dvc.lock",
        """\
schema: '2.0'
stages:
  copy:
    cmd: cp windows.csv out.bin
    deps:
    - path: windows.csv
      md5: b026324c6904b2a9cb4b88d6d61c81d1
      size: 3
    outs:
    - path: out.bin
      md5: b026324c6904b2a9cb4b88d6d61c81d1
      size: 3
""",
    )


@layout
def only_data_no_pipeline(repository: HookRepository) -> None:
    repository.dvc("init", "--quiet")
    repository.write("data/raw.csv", "1\n")
    repository.dvc("add", "--quiet", "data/raw.csv")
    repository.write("model.bin", "model\n")
    repository.dvc("add", "--quiet", "model.bin")


@layout
def a_plan_that_never_ran(repository: HookRepository) -> None:
    repository.dvc("init", "--quiet")
    repository.write("dvc.yaml", "stages:\n  train:\n    cmd: python train.py\n    outs: [model.bin]\n")

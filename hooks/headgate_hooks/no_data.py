"""`headgate-no-data`: data and models go to DVC, not into git, where nobody gets them out again.

A file is taken for data by its suffix, by its first bytes where the suffix says nothing, and whatever it is by its
size. What dvc.yaml declares with `cache: false` is meant for git, and so is what `--allow` names.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from shlex import quote

from headgate_hooks.outcome import Finding, allow_files, parser_of, run
from headgate_hooks.staged import Tree

_MODEL, _TABLE, _ARRAY = "a model", "a table", "an array"
_SUFFIXES = {
    **dict.fromkeys(("pkl", "pickle", "joblib", "pt", "pth", "ckpt", "onnx", "safetensors", "gguf"), _MODEL),
    **dict.fromkeys(("keras", "tflite", "mlmodel", "skops", "cbm", "ubj"), _MODEL),
    **dict.fromkeys(("parquet", "feather", "arrow", "orc", "avro", "rds", "rdata", "sas7bdat", "dta"), _TABLE),
    **dict.fromkeys(("npy", "npz", "h5", "hdf5", "mat", "tfrecord", "zarr"), _ARRAY),
    **dict.fromkeys(("sqlite", "sqlite3", "duckdb"), "a database"),
}
# What these hold shows in every review, unless it is large.
_TEXTS = """
py md rst txt yaml yml json toml cfg ini lock dvc sh html css js ts sql csv tsv svg png jpg jpeg gif ico pdf ipynb c h
cpp rs go java r jl xml properties dockerfile makefile gitignore dvcignore dockerignore gitattributes
"""
_SPEAKING = frozenset(_TEXTS.split())
_FIRST_BYTES = (
    (b"PAR1", _TABLE), (b"ARROW1", _TABLE), (b"ORC", _TABLE), (b"Obj\x01", _TABLE), (b"\x89HDF\r\n", _ARRAY),
    (b"\x93NUMPY", _ARRAY), (b"SQLite format 3\0", "a database"), (b"GGUF", _MODEL), (b"\x80\x02", _MODEL),
    (b"\x80\x03", _MODEL), (b"\x80\x04\x95", _MODEL), (b"\x80\x05\x95", _MODEL),
)  # fmt: skip
_LFS = b"version https://git-lfs.github.com/spec/"
_KILO = 1000


def main(argv: Sequence[str] | None = None) -> int:
    """Check the files named in `argv` and return the exit code."""
    parser = parser_of("headgate-no-data", "Keep data and models out of git.")
    parser.add_argument("--max-kb", type=int, default=1000, help="no file may be larger; default: 1000")
    allow_files(parser)
    return run(parser, check, argv)


def check(arguments: argparse.Namespace) -> Iterator[Finding]:
    """The files that belong in DVC."""
    tree = Tree.staged()
    named = tree.at(arguments.files, arguments.allow)
    suspects = dict(_suspects(tree, named, arguments.max_kb * _KILO))
    if not suspects:
        return
    meant = _meant_for_git(tree)
    for path, what in suspects.items():
        if not any(path == kept or path.startswith(f"{kept}/") for kept in meant):
            yield Finding(tree.shown(path), 1, f"{what}, which belongs in DVC and not in git", _fix(tree, path))


def _suspects(tree: Tree, named: Sequence[str], most: int) -> Iterator[tuple[str, str]]:
    sizes = tree.sizes(named)
    silent: list[str] = []
    for path, size in sizes.items():
        suffix = path.rpartition("/")[2].rpartition(".")[2].lower()
        if size and suffix in _SUFFIXES:
            if not _is_pointer(tree, path, size):
                yield path, f"{_SUFFIXES[suffix]} of {_readable(size)} (.{suffix})"
        elif size > most:
            yield path, f"a file of {_readable(size)}, more than {_readable(most)}"
        elif size and suffix not in _SPEAKING:
            silent.append(path)
    for path, content in tree.read(silent):
        if kind := _kind_of(content):
            yield path, f"{kind} of {_readable(len(content))} by its first bytes"


def _kind_of(content: bytes) -> str | None:
    """What the first bytes tell; a safetensors file begins with the length of its JSON, a PyTorch one is a zip."""
    for first, kind in _FIRST_BYTES:
        if content.startswith(first):
            return kind
    if content[8:10] == b'{"' and 0 < int.from_bytes(content[:8], "little") < len(content):
        return _MODEL
    return _MODEL if content.startswith(b"PK\x03\x04") and b"/data.pkl" in content[:200] else None


def _is_pointer(tree: Tree, path: str, size: int) -> bool:
    """Whether git keeps only the name of the file's content, as with LFS."""
    return size < _KILO and (tree.content(path) or b"").startswith(_LFS)


def _meant_for_git(tree: Tree) -> set[str]:
    """What the pipelines declare with `cache: false`."""
    from headgate_hooks.dvc.records import PIPELINE, Project  # costly, and needed only where something is wrong

    project = Project(tree)
    return {
        place
        for pipeline in tree.named([PIPELINE])
        for stage in project.stages(pipeline)
        for path, options in stage.outs
        if options.get("cache") is False and (place := stage.place(path))
    }


def _fix(tree: Tree, path: str) -> str:
    quoted = quote(tree.shown(path))
    in_dvc = any(f"/{name}".endswith("/.dvc/config") for name in tree.entries)
    return f"git rm --cached {quoted} && {'' if in_dvc else 'dvc init && '}dvc add {quoted}"


def _readable(size: int) -> str:
    return f"{size:,} bytes" if size < _KILO else f"{size / _KILO:,.{0 if size > 100 * _KILO else 1}f} kB"


if __name__ == "__main__":
    sys.exit(main())

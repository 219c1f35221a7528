"""What a person reads at 2 a.m. when data is not there."""

from headgate.data import DataDamaged, NotPushed


def test_not_pushed_says_which_files_where_and_whom_to_ask() -> None:
    failure = NotPushed(["data/tweets.csv", "models/model.joblib"], "storage", "3f2c1ab by octocat")

    assert failure.message == (
        "2 files named by dvc.lock or *.dvc are not on the remote 'storage': data/tweets.csv, models/model.joblib"
    )
    assert failure.hint == ("dvc push -r storage  (on the machine that made them; last changed in 3f2c1ab by octocat)")
    assert failure.exit_code == 3


def test_damaged_says_which_object_to_delete() -> None:
    failure = DataDamaged(["data/tweets.csv"], ["files/md5/ab/cd"], "storage")
    assert "1 file is on the remote 'storage' with other content" in failure.message
    assert failure.hint is not None
    assert failure.hint.startswith("Delete files/md5/ab/cd on the remote")

"""Tweets as collected -> a training and a test set.

The split follows a hash of the text, so a tweet stays on its side when tweets are added.
"""

import hashlib
from pathlib import Path

import polars as pl
import yaml

DATA = Path("data")


def tweet_id(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def is_test(tweet: str, share: float) -> bool:
    return int(tweet, 16) / 16**16 < share


def form() -> pl.Expr:
    """How the tweet is written: to somebody, around a link, or neither."""
    text = pl.col("text")
    return (
        pl.when(text.str.starts_with("@"))
        .then(pl.lit("reply"))
        .when(text.str.contains("https?://"))
        .then(pl.lit("link"))
        .otherwise(pl.lit("plain"))
        .alias("form")
    )


def main() -> None:
    share = yaml.safe_load(Path("params.yaml").read_text())["prepare"]["test_share"]
    tweets = (
        pl.read_csv(DATA / "tweets.csv", encoding="utf8-lossy", columns=["sentiment", "text"])
        .rename({"sentiment": "label"})
        .unique("text", keep="first", maintain_order=True)  # the same tweet on both sides would flatter the model
        .with_columns(form(), pl.col("text").map_elements(tweet_id, return_dtype=pl.String).alias("id"))
    )
    test = pl.Series([is_test(tweet, share) for tweet in tweets["id"]])
    tweets.filter(~test).write_parquet(DATA / "train.parquet")
    tweets.filter(test).write_parquet(DATA / "test.parquet")
    print(f"{(~test).sum():,} tweets to train on, {test.sum():,} to test on")


if __name__ == "__main__":
    main()

"""Training set -> a TF-IDF and logistic regression pipeline."""

from pathlib import Path

import joblib
import polars as pl
import yaml
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

MODEL = Path("models/model.joblib")


def classifier(ngrams: int, min_df: int, max_features: int, C: float, tol: float, seed: int) -> Pipeline:  # noqa: N803
    return make_pipeline(
        TfidfVectorizer(ngram_range=(1, ngrams), min_df=min_df, max_features=max_features, sublinear_tf=True),
        LogisticRegression(C=C, tol=tol, max_iter=1000, random_state=seed),
    )


def main() -> None:
    params = yaml.safe_load(Path("params.yaml").read_text())["train"]
    tweets = pl.read_parquet("data/train.parquet")
    model = classifier(**params).fit(tweets["text"].to_list(), tweets["label"].to_list())
    MODEL.parent.mkdir(exist_ok=True)
    joblib.dump(model, MODEL, compress=3)
    print(f"{len(model[0].vocabulary_):,} features from {len(tweets):,} tweets")


if __name__ == "__main__":
    main()

"""Model and test set -> one row per tweet in reports/predictions.parquet, and metrics.json."""

import argparse
import json
from pathlib import Path

import joblib
import polars as pl
from sklearn.metrics import accuracy_score, f1_score, log_loss


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("models/model.joblib"))
    parser.add_argument("--out", type=Path, default=Path("reports/predictions.parquet"))
    parser.add_argument("--metrics", type=Path, default=Path("metrics.json"))
    return parser.parse_args()


def main() -> None:
    given = arguments()
    model = joblib.load(given.model)
    tweets = pl.read_parquet("data/test.parquet")
    scores = model.predict_proba(tweets["text"].to_list())
    predictions = tweets.select("id", "form", "label").with_columns(
        pl.Series("prediction", model.classes_[scores.argmax(axis=1)]),
        *(pl.Series(f"score:{label}", scores[:, i]) for i, label in enumerate(model.classes_)),
    )
    label, prediction = predictions["label"].to_list(), predictions["prediction"].to_list()
    metrics = {
        "accuracy": accuracy_score(label, prediction),
        "f1_macro": f1_score(label, prediction, average="macro"),
        "log_loss": log_loss(label, scores, labels=model.classes_),
    }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    predictions.write_parquet(given.out)
    given.metrics.write_text(json.dumps(metrics, indent=2) + "\n")
    print(" ".join(f"{name} {value:.4f}" for name, value in metrics.items()))


if __name__ == "__main__":
    main()

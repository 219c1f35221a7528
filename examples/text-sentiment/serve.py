"""The sentiment of a text: POST /predict."""

from pathlib import Path

import joblib
from fastapi import FastAPI
from pydantic import BaseModel, Field

from headgate.serving import instrument

MODEL = Path("models/model.joblib")

app = FastAPI(title="sentiment")
model = joblib.load(MODEL)
instrument(app, model_path=MODEL)


class Text(BaseModel):
    text: str = Field(min_length=1, max_length=5000)


class Sentiment(BaseModel):
    label: str
    confidence: float


@app.post("/predict")
def predict(request: Text) -> Sentiment:
    scores = model.predict_proba([request.text])[0]
    best = scores.argmax()
    return Sentiment(label=model.classes_[best], confidence=round(float(scores[best]), 4))

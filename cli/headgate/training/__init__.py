"""Runs the pipeline under tracking and collects what it made."""

from headgate.training.outputs import OutputMissing
from headgate.training.pipeline import PipelineFailed
from headgate.training.tracked import TrainingResult, train

__all__ = ["OutputMissing", "PipelineFailed", "TrainingResult", "train"]

"""What headgate hands to GitHub Actions: outputs and step summaries."""

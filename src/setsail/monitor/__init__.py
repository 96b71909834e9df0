"""What is: indicators, verdicts, forecasts, reconciliation, index, regions."""

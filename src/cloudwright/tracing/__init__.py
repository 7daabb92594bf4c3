"""Traces of runs by OpenTelemetry (extra `otel`): a span for each run, step and call; nothing is imported without."""

"""The use cases of an app: plan, apply, drift, import, outputs and state administration."""

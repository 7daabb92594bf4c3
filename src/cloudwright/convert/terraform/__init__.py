"""Terraform's state and plans in JSON."""

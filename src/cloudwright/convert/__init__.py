"""Writes programs from what other tools hold: templates of CloudFormation, and later others' states."""

"""Writes programs from what other tools manage: CloudFormation templates, Terraform and Alchemy states."""

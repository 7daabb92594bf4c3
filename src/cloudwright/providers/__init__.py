"""Providers that come with cloudwright, for resources of AWS that Cloud Control does not manage.

Each is small enough to be read as an example: `cloudwright.providers.ec2`, `cloudwright.providers.iam`.
"""

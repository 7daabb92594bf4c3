"""Providers that come with cloudwright, for resources of AWS that Cloud Control does not manage.

Each is short enough to serve as an example: `cloudwright.providers.ec2` for a service that takes a token,
`cloudwright.providers.s3` for one that needs none, `cloudwright.providers.codebuild` for one where a tag holds the
token, `cloudwright.providers.iam` and `cloudwright.providers.network_acls` for services that do neither.
"""

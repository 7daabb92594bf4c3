"""Providers that come with cloudwright, for resources of AWS that Cloud Control does not manage.

Each is small enough to be read as an example: `cloudwright.providers.ec2` of a service that takes a token,
`cloudwright.providers.s3` of one that needs none, `cloudwright.providers.codebuild` of one where a tag holds the
token, `cloudwright.providers.iam` and `cloudwright.providers.network_acls` of those that do neither.
"""

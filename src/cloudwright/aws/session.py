"""From a credential source to keys that can sign, by botocore's own chain, loaded late and off the loop.

Keys in the environment are read without botocore. Everything else (profiles, SSO, login, web identity, processes,
containers, instance metadata, roles) is botocore's, in a thread, because it reads files and may call services.
"""

from __future__ import annotations

import asyncio
import configparser
import logging
import os
import threading
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudwright.errors import CredentialsError, CredentialsExpired, NoCredentials, NoRegion
from cloudwright.lazy_dataclass import dataclass
from cloudwright.partitions import partition_of
from cloudwright.target import CredentialSource

if TYPE_CHECKING:
    from collections.abc import Mapping

_LOGGERS = ("auth", "awsrequest", "credentials", "endpoint", "hooks", "httpsession", "parsers", "tokens", "utils")
_LOCAL_HINT = "or add `--local` to work on the local cloud without an account"
_RENEW = frozenset({"SSOTokenLoadError", "UnauthorizedSSOTokenError", "TokenRetrievalError", "LoginTokenLoadError"})


@dataclass(frozen=True, slots=True)
class Keys:
    """What signs a request. Never shown: its repr names the access key alone."""

    access_key: str
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


class Sessions:
    """Credentials by source, each looked up once and refreshed when due; may be shared by threads and event loops.

    Roles share one botocore session, which reads its data files once: 200 roles would else cost 20 s and 1.5 GB.
    """

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        """Look nothing up yet.

        Args:
            environ: The environment for keys, Region and profile names; the process's own if not given. What botocore
                resolves always sees the process's own.
        """
        self._environ = os.environ if environ is None else environ
        self._providers: dict[CredentialSource, Any] = {}
        self._botocore: dict[str, Any] = {}
        self._making = threading.Lock()
        self._locks: dict[CredentialSource, threading.Lock] = {}

    def region(self, source: CredentialSource | None = None) -> str:
        """The Region that the environment or the profile sets.

        Raises:
            NoRegion: Neither does.
        """
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
            if value := self._environ.get(name):
                return value
        profile = self._profile(source or CredentialSource())
        if value := self._setting(profile, "region"):
            return value
        raise NoRegion(
            f"no AWS Region is set: neither AWS_REGION nor AWS_DEFAULT_REGION, nor profile {profile!r} in "
            f"{self._config_path()}",
            hint=f"export AWS_REGION=us-east-1, or declare target(region=...), {_LOCAL_HINT}",
        )

    def partition(self, region: str) -> str:
        """The partition of a Region, such as `aws-us-gov`."""
        return partition_of(region)

    async def keys(self, source: CredentialSource, region: str) -> Keys:
        """Keys of a source, refreshed if they are about to expire.

        Args:
            source: Ambient chain, profile or role.
            region: Where a role is assumed (its partition's STS).

        Raises:
            NoCredentials: The source gives none; the message says what was tried.
            CredentialsExpired: They need a new login.
            CredentialsError: A role can't be assumed.
        """
        if source.kind == "ambient" and (keys := self._environment_keys()):
            return keys
        return await asyncio.to_thread(self._resolve, source, region)

    def forget(self, source: CredentialSource) -> None:
        """Look the source up again next time: AWS said that its credentials have expired (CC83)."""
        self._providers.pop(source, None)
        # A session keeps what it found, and a role's keys stem from the default one.
        self._botocore.pop(source.name if source.kind == "profile" else "", None)

    # -- without botocore

    def _environment_keys(self) -> Keys | None:
        access, secret = (self._environ.get(f"AWS_{name}") for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"))
        if not access:
            return None
        if not secret:
            raise NoCredentials(
                "AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is not", hint=f"set both, {_LOCAL_HINT}"
            )
        return Keys(access, secret, self._environ.get("AWS_SESSION_TOKEN") or None)

    def _profile(self, source: CredentialSource) -> str:
        named = source.name if source.kind == "profile" else ""
        return named or self._environ.get("AWS_PROFILE") or self._environ.get("AWS_DEFAULT_PROFILE") or "default"

    def _config_path(self) -> Path:
        return Path(self._environ.get("AWS_CONFIG_FILE") or "~/.aws/config").expanduser()

    def _setting(self, profile: str, name: str) -> str | None:
        config = configparser.RawConfigParser(strict=False)
        try:
            config.read(self._config_path(), encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            return None  # botocore explains a broken file when it is really needed
        section = profile if profile == "default" and config.has_section("default") else f"profile {profile}"
        return config.get(section, name, fallback=None) or config.get(f'profile "{profile}"', name, fallback=None)

    # -- with botocore, in a thread

    def _resolve(self, source: CredentialSource, region: str) -> Keys:
        _silence_botocore()
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            with self._locks.setdefault(source, threading.Lock()):
                if source not in self._providers:
                    self._providers[source] = self._provider(source, region)
                frozen = self._providers[source].get_frozen_credentials()
        except ClientError as error:
            raise _role_refused(source, error.response.get("Error", {})) from None
        except BotoCoreError as error:
            raise _unusable(source, error) from None
        return Keys(frozen.access_key, frozen.secret_key, frozen.token)

    def _provider(self, source: CredentialSource, region: str) -> Any:
        from botocore.session import Session

        profile = source.name if source.kind == "profile" else ""
        with self._making:
            if profile not in self._botocore:
                self._botocore[profile] = Session(profile=profile or None)
            session = self._botocore[profile]
            found = session.get_credentials()
        if found is None:
            raise self._nothing_found(source)
        return self._assumed(session, found, source.name, region) if source.kind == "role" else found

    def _assumed(self, session: Any, base: Any, role_arn: str, region: str) -> Any:
        from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

        def client(service: str, **options: Any) -> Any:
            with self._making:
                return session.create_client(service, **{**options, "region_name": region})

        extra = {"RoleSessionName": "cloudwright"}
        fetcher = AssumeRoleCredentialFetcher(client, base, role_arn, extra_args=extra)
        return DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")

    def _nothing_found(self, source: CredentialSource) -> NoCredentials:
        shared = Path(self._environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials").expanduser()
        tried = [
            "AWS_ACCESS_KEY_ID in the environment (not set)",
            f"profile {self._profile(source)!r} in {shared} and {self._config_path()}",
            "SSO, web identity and process settings of that profile",
            "the container's and the instance's metadata",
        ]
        return NoCredentials(
            "no AWS credentials were found; tried: " + "; ".join(tried),
            hint=f"set AWS_PROFILE or run `aws configure` or `aws sso login`, {_LOCAL_HINT}",
        )


def _role_refused(source: CredentialSource, error: Mapping[str, str]) -> CredentialsError:
    code, message = error.get("Code", ""), error.get("Message", "")
    if code.startswith("ExpiredToken"):
        return CredentialsExpired(f"the AWS credentials that assume {source.name} have expired: {message}")
    return CredentialsError(
        f"the credentials ({source}) can't be obtained: {code}: {message}",
        hint="check the role's trust policy and that the ambient credentials may call sts:AssumeRole",
    )


def _unusable(source: CredentialSource, error: Exception) -> CredentialsError:
    kind = type(error).__name__
    if kind in _RENEW:
        profile = f" --profile {source.name}" if source.kind == "profile" else ""
        return CredentialsExpired(
            f"the login of {source} has expired: {error}",
            hint=f"run `aws sso login{profile}` and then the same command again",
        )
    if kind == "ProfileNotFound":
        return NoCredentials(
            f"{error}", hint=f"check AWS_PROFILE and the profile names in the AWS configuration, {_LOCAL_HINT}"
        )
    return NoCredentials(f"the credentials ({source}) can't be loaded: {error}", hint=_LOCAL_HINT.removeprefix("or "))


def _silence_botocore() -> None:
    """Drop botocore's DEBUG records, which quote bodies, tokens and signatures, whatever the log level (CC98)."""
    for name in _LOGGERS:
        logger = logging.getLogger(f"botocore.{name}")
        if _above_debug not in logger.filters:
            logger.addFilter(_above_debug)


def _above_debug(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG

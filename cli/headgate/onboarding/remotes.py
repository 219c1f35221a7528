"""DVC's remotes, and what each kind asks of a workflow: an extra of DVC, and secrets by name.

Source: DVC's user guide, "Remote storage", and the variables that each store's own library reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from headgate.lineage.dvc_config import DvcConfig
from headgate.masking import mask
from headgate.onboarding.findings import DvcRemote

_AS_SERVICE = "dvc remote modify {} gdrive_use_service_account true"
_AWS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_KINDS: Mapping[str, tuple[str | None, tuple[str, ...], str | None]] = {
    "s3": ("s3", _AWS, "A role for OIDC, in place of the two keys, leaves no secret behind."),
    "gs": ("gs", ("GOOGLE_APPLICATION_CREDENTIALS_DATA",), "The JSON of a service account, as a secret."),
    "gdrive": (
        "gdrive",
        ("GDRIVE_CREDENTIALS_DATA",),
        "A browser cannot log in from a workflow: share the folder with a service account, and\n{modify}",
    ),
    "azure": ("azure", ("AZURE_STORAGE_CONNECTION_STRING",), None),
    "oss": ("oss", ("OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET"), None),
    "ssh": ("ssh", ("DVC_SSH_KEY",), "The server's host key belongs into known_hosts; a keyfile stays on its laptop."),
    "hdfs": ("hdfs", (), None),
    "webhdfs": ("webhdfs", (), None),
    "webdav": ("webdav", ("DVC_REMOTE_USER", "DVC_REMOTE_PASSWORD"), None),
    "webdavs": ("webdav", ("DVC_REMOTE_USER", "DVC_REMOTE_PASSWORD"), None),
    "http": (None, (), None),
    "https": (None, (), None),
}


def read_remotes(config: DvcConfig) -> tuple[DvcRemote, ...]:
    """Every remote, the default one first."""
    found = [_remote(name, options, config) for name, options in config.remotes.items()]
    return tuple(sorted(found, key=lambda remote: not remote.default))


def _remote(name: str, options: Mapping[str, str], config: DvcConfig) -> DvcRemote:
    url = options.get("url", "")
    default = name == (config.default or name)
    if urlsplit(url).scheme.startswith("remote"):
        return DvcRemote(name, mask(url), default=default)
    if _is_dagshub(url) or _is_dagshub(options.get("endpointurl", "")):
        extra = "s3" if url.startswith("s3://") else None
        return DvcRemote(name, mask(url), extra, ("DAGSHUB_TOKEN",), _for_dagshub(name, extra), default)
    scheme = urlsplit(url).scheme
    if not scheme or Path(url).is_absolute():
        return DvcRemote(
            name,
            mask(url),
            advice="It is a folder on this machine: a hosted runner of a workflow cannot see it.",
            default=default,
        )
    extra, secrets, advice = _KINDS.get(scheme, (None, (), f"headgate knows nothing of {scheme}:// remotes."))
    return DvcRemote(
        name, mask(url), extra, secrets, advice and advice.replace("{modify}", _AS_SERVICE.format(name)), default
    )


def _is_dagshub(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host == "dagshub.com" or host.endswith(".dagshub.com")


def _for_dagshub(name: str, extra: str | None) -> str:
    options = ("access_key_id", "secret_access_key") if extra else ("user", "password")
    return (
        "The token is both name and password; in the workflow, before anything is pulled:\n"
        f'dvc remote modify --local {name} {options[0]} "$DAGSHUB_TOKEN"\n'
        f'dvc remote modify --local {name} {options[1]} "$DAGSHUB_TOKEN"'
    )

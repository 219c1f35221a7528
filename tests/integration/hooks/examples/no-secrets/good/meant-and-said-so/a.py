# headgate: allow no-secrets
key = '{{aws}}'
other = '{{aws}}'  # pragma: allowlist secret

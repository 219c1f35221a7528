#!/usr/bin/env bash
# An agent with the job's key, and host keys that nobody has to believe. The key touches no file and no argument.
set -euo pipefail

give_up() { # message, what to do
  printf '::error title=headgate%%3A no SSH for the DVC remote::%s try: %s\n' "$1" "$2" >&2
  exit 3
}

key=$HEADGATE_SSH_KEY_TEXT known_hosts=$HEADGATE_SSH_KNOWN_HOSTS
unset HEADGATE_SSH_KEY_TEXT # the agent outlives this step, and its environment with it
if [[ -z $key ]]; then
  echo 'No key was given: the DVC remote is reached without SSH.'
  exit 0
fi
[[ -s $known_hosts ]] ||
  give_up 'There are no host keys to compare with.' 'ssh-keyscan HOST into the file that known-hosts names, compare, commit'

install -m 700 -d ~/.ssh
cat -- "$known_hosts" >>~/.ssh/known_hosts
socket=$RUNNER_TEMP/headgate-ssh-agent
[[ -S $socket ]] || ssh-agent -a "$socket" >/dev/null
printf '%s\n' "${key//$'\r'/}" | SSH_AUTH_SOCK=$socket ssh-add -q - ||
  give_up 'The key cannot be read: it must be a private key without a passphrase, whole, with its first and last line.' \
    'gh secret set DVC_SSH_KEY < FILE'
printf 'SSH_AUTH_SOCK=%s\n' "$socket" >>"$GITHUB_ENV"

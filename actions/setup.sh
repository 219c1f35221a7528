#!/usr/bin/env bash
# Find a Python for headgate on this runner, whatever the job set up for itself, and hand over to setup.py.
set -euo pipefail

give_up() { # title, message
  printf '::error title=headgate%%3A %s::%s\n' "$1" "$2" >&2
  exit 3
}

new_enough() { # python
  [[ -x $1 ]] && "$1" -I -c 'import sys; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1
}

case ${RUNNER_OS:-$(uname -s)} in
  Linux | macOS | Darwin) ;;
  *) give_up 'this runner is not supported' 'headgate runs on Linux and macOS runners. try: runs-on: ubuntu-latest' ;;
esac

# The runner's own come first: the job's may change between two steps, and its packages are not headgate's business.
shopt -s nullglob
for python in /usr/bin/python3 /opt/homebrew/bin/python3 /usr/local/bin/python3 \
  "${RUNNER_TOOL_CACHE:-/opt/hostedtoolcache}"/Python/3.*/*/bin/python3 "$(command -v python3 || true)"; do
  if new_enough "$python"; then
    exec "$python" -I "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/setup.py" "$@"
  fi
done
give_up 'there is no Python 3.10 or newer on this runner' 'headgate needs one for itself. try: actions/setup-python before this step'

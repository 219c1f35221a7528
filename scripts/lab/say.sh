# shellcheck shell=bash disable=SC2154
# What provision tells the person at the terminal: one line per thing done, with the time it took.

say() { # part, text
  printf ' %-10s %s\n' "$1" "$2" >&2
}

did() { # part, text, value of SECONDS at the start
  printf ' %-10s %-56s %4d s\n' "$1" "$2" "$((SECONDS - $3))" >&2
}

give_up() { # what happened, why, what to do next
  printf 'provision: %s\n' "$1" >&2
  [[ -z ${2:-} ]] || printf '%s\n' "$2" | sed 's/^/  /' >&2
  [[ -z ${3:-} ]] || printf '  try: %s\n' "$3" >&2
  exit 3
}

logged() { # log, command...: runs silently; on failure shows the end of what the command said
  local log=$1
  shift
  "$@" >"$state/log/$log.log" 2>&1 </dev/null || give_up "this command failed: $*" "$(end_of_log "$log")" \
    "scripts/provision once more; what is done is kept"
}

end_of_log() { # log
  printf 'the end of %s:\n' "$state/log/$1.log"
  tail -n 8 "$state/log/$1.log" 2>/dev/null | sed 's/^/  /'
}

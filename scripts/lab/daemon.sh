# shellcheck shell=bash disable=SC2154
# Background programs: each outlives the caller, and is known by a recorded pid that is checked before it is used.

launch() { # name, command...
  local name=$1
  shift
  rm -f "$state/$name.pid"
  # The shell records its own pid and becomes the program, so no kill can leave a program without a record.
  # Descriptor 9 is provision's lock: a daemon that inherited it would hold it for ever.
  # shellcheck disable=SC2016
  setsid --fork bash -c 'echo $$ >"$0" && exec "$@"' "$state/$name.pid" "$@" \
    </dev/null >>"$state/log/$name.log" 2>&1 9>&-
}

comes_up() { # name, seconds, check, argument...: false as soon as the program has died
  local name=$1 deadline=$((SECONDS + $2))
  shift 2
  until "$@" >/dev/null; do
    ((SECONDS < deadline)) && ! has_died "$name" || return 1
    sleep 0.1
  done
}

has_died() { # name
  local pid
  pid=$(recorded_pid "$1")
  [[ -n $pid && -z $(command_of "$pid") ]]
}

is_running() { # name, command...: the recorded pid is alive and is still this very command
  local pid
  pid=$(recorded_pid "$1")
  shift
  [[ -n $pid && $(command_of "$pid") == "$* " ]]
}

command_of() { # pid: empty for a process that has ended, even where nothing has reaped it yet
  tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" || true
} 2>/dev/null

recorded_pid() { # name
  cat "$state/$1.pid" 2>/dev/null || true
}

stop() { # name, command...
  local name=$1 began=$SECONDS pid
  if is_running "$@"; then
    pid=$(recorded_pid "$name")
    kill "$pid"
    while is_running "$@"; do
      ((SECONDS - began < 30)) || give_up "$name (pid $pid) did not end within 30 s of SIGTERM" \
        "$(end_of_log "$name")" "kill -9 $pid"
      sleep 0.1
    done
    did "$name" "stopped" "$began"
  fi
  rm -f "$state/$name.pid"
}

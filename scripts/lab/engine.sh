# shellcheck shell=bash disable=SC2154
# The container engine: whichever answers; else Debian's, started here.

# dockerd refuses to start while its pid file names any living process, so it gets a file of its own.
readonly engine_command=(/usr/sbin/dockerd --host unix:///var/run/docker.sock
  --data-root "$state/engine" --pidfile "$state/dockerd.pid")

engine_version() {
  docker version --format '{{.Server.Version}}' 2>/dev/null
}

engine_refusal() {
  docker version 2>&1 >/dev/null | tail -n 1
}

provision_engine() {
  engine_version >/dev/null && return
  [[ -z ${DOCKER_HOST:-} ]] || give_up "no container engine answers" "DOCKER_HOST is $DOCKER_HOST" \
    "start that engine, or unset DOCKER_HOST to use one on this machine"
  has_engine_program || install_engine
  if ! engine_version >/dev/null; then # where an init system runs, the package has started it
    start_engine
  fi
}

has_engine_program() {
  [[ -x ${engine_command[0]} ]] && command -v docker iptables >/dev/null
}

install_engine() {
  is_root_on_debian || give_up "no container engine answers, and installing one takes root on Debian" \
    "$(engine_refusal)" "start Docker, or run scripts/provision as root on Debian"
  install_packages engine docker.io iptables
}

start_engine() {
  local began=$SECONDS
  [[ $EUID -eq 0 ]] || give_up "no container engine answers $(id -un), and starting one takes root" \
    "$(engine_refusal)" "start Docker, join the group docker, or run scripts/provision as root"
  if ! is_running engine "${engine_command[@]}"; then
    forget_killed_engine
    launch engine "${engine_command[@]}"
  fi
  comes_up engine 60 engine_version || give_up "the container engine does not answer" "$(end_of_log engine)"
  did engine "started Docker Engine $(engine_version)" "$began"
}

forget_killed_engine() { # dockerd waits in vain for a containerd that ended with it but was never reaped
  local record=/var/run/docker/containerd/containerd.pid
  rm -f "$state/dockerd.pid"
  if [[ -e $record && -z $(command_of "$(cat "$record")") ]]; then
    rm -f "$record"
  fi
}

stop_engine() {
  stop engine "${engine_command[@]}"
}

remove_engine() { # an engine that was killed has left its mounts
  awk -v folder="$state/engine" 'index($5, folder) == 1 { print $5 }' /proc/self/mountinfo | tac | xargs -r umount
  rm -rf --one-file-system "$state/engine"
}

status_engine() {
  if ! engine_version >/dev/null; then
    say engine "none answers"
  elif is_running engine "${engine_command[@]}"; then
    say engine "Docker Engine $(engine_version), started here (pid $(recorded_pid engine))"
  else
    say engine "Docker Engine $(engine_version)"
  fi
}

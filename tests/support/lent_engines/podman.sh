#!/usr/bin/env bash
# Podman's API on a socket in a folder, with all it keeps there; the first process of namespaces of its own.
set -euo pipefail

main() { # folder, group that may use it
  export CONTAINERS_CONF=$folder/containers.conf
  trap clear_up EXIT
  settings >"$CONTAINERS_CONF"
  mkdir "$folder/root"
  mount -t tmpfs tmpfs "$folder/root" # a busy disk takes long to forget images
  "${podman[@]}" system service --time 0 "unix://$folder/podman.sock" </dev/null &
  until [[ -S $folder/podman.sock ]]; do
    kill -0 $!
    sleep 0.05
  done
  chgrp "$2" "$folder/podman.sock"
  chmod 660 "$folder/podman.sock"
  chmod 711 "$folder"
  cat >/dev/null # until whoever started this has ended, however that was
}

readonly folder=$1
readonly podman=(podman --root "$folder/root" --runroot "$folder/run" --storage-driver overlay
  --network-config-dir "$folder/networks" --tmpdir "$folder/tmp")

settings() { # this machine has fewer open files and another cgroup hierarchy than Podman takes for granted
  cat <<'TOML'
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
[network]
network_backend = "netavark"
TOML
}

clear_up() { # its networks are the host's; and each `exec` leaves a monitor for five minutes
  set +e
  "${podman[@]}" rm --all --force --time 0
  "${podman[@]}" network prune --force
  kill -KILL -1
  wait
  umount --recursive --lazy "$folder/root"
  rm -rf --one-file-system "$folder"
}

main "$@"

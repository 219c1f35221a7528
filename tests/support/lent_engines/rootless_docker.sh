#!/usr/bin/env bash
# Rootless Docker of a user, as `dockerd-rootless-setuptool.sh install` leaves it to systemd; the first process of
# namespaces of its own.
set -euo pipefail

main() {
  trap clear_up EXIT
  forget
  install -d -m 700 -o "$user" -g "$group" "$home" "$runtime"
  keep_in_memory
  trust_registries
  give_ids
  give_tun
  setpriv --reuid "$uid" --regid "$group" --init-groups \
    env --ignore-environment PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$home" XDG_RUNTIME_DIR="$runtime" \
    /usr/share/docker.io/contrib/dockerd-rootless.sh </dev/null &
  cat >/dev/null # until whoever started this has ended, however that was
}

readonly user=$1
uid=$(id --user "$user") group=$(id --group "$user")
readonly uid group runtime=/run/user/$uid
readonly home=/mnt/rootless # a whole one of its own, to be forgotten

keep_in_memory() { # a busy disk takes long to forget images; Linux before 6.6 has no overlay without root in there
  if printf '6.6\n%s\n' "$(uname --kernel-release)" | sort --version-sort --check=quiet; then
    mount -t tmpfs -o "mode=700,uid=$uid,gid=$group" tmpfs "$home"
  fi
}

trust_registries() { # those of the engine that runs as root
  install -d -o "$user" -g "$group" "$home"/.config{,/docker}
  cp -r /etc/docker/certs.d "$home/.config/docker"
}

give_ids() { # `useradd` would have
  local file
  for file in /etc/subuid /etc/subgid; do
    touch "$file"
    echo "$user:200000:65536" >"$runtime/ids"
    mount --bind "$runtime/ids" "$file"
  done
}

give_tun() { # the device of this machine may be root's alone
  mknod -m 666 "$runtime/tun" c 10 200
  mount --bind "$runtime/tun" /dev/net/tun
}

clear_up() {
  set +e
  kill -KILL -1
  wait
  umount --lazy "$home" /etc/subuid /etc/subgid /dev/net/tun
  forget
}

forget() { # also what a host that was powered off meanwhile has left
  rm -rf --one-file-system "$home" "$runtime"
}

main "$@"

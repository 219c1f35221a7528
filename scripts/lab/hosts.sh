# shellcheck shell=bash disable=SC2154
# Deployment hosts: each in namespaces of its own (network, processes, mounts), with its own engine, sshd and accounts.
# A host is one tree of processes: when the first of them ends, the kernel takes back all it had, whoever was killed how.

readonly hosts_wanted=${HEADGATE_LAB_HOSTS:-3}
readonly hosts=$state/hosts
readonly hosts_network=10.213 # host N is .N.2 and fd00:213:N::2, and reaches this machine as .N.1 and fd00:213:N::1
readonly hosts_packages=(openssh-server openssh-client iproute2 iptables util-linux openssl docker.io libfaketime
  podman runc netavark aardvark-dns rootlesskit slirp4netns uidmap) # the last line: other engines, to deploy to
readonly namespaces=(unshare --fork --kill-child --pid --mount-proc --mount --net --uts --ipc)

provision_hosts() {
  local number
  [[ $hosts_wanted =~ ^([1-9]|10)$ ]] || give_up "HEADGATE_LAB_HOSTS is '$hosts_wanted'" "from 1 to 10 hosts can be had"
  if [[ -n $(why_no_hosts) ]]; then
    [[ -z ${CI:-} ]] || give_up "there can be no deployment hosts here" "$(why_no_hosts)"
    say hosts "there can be none here, and the tests on them are skipped: $(why_no_hosts)"
    return
  fi
  refuse_a_second_lab
  has_packages "${hosts_packages[@]}" || install_packages hosts "${hosts_packages[@]}"
  each provision engine images private_registry
  make_hosts_key
  let_hosts_reach_each_other
  for ((number = 1; number <= hosts_wanted; number++)); do
    host_is_up "$number" || start_host "$number"
  done
  write_known_hosts
}

why_no_hosts() { # nothing where there can be
  local refusal
  if ! is_root_on_debian; then
    printf 'they take root on Debian, for namespaces and the packages %s' "${hosts_packages[*]}"
  elif [[ -n ${DOCKER_HOST:-} ]]; then
    printf 'their images come from the engine of this machine, and DOCKER_HOST is %s' "$DOCKER_HOST"
  elif ! refusal=$("${namespaces[@]}" true 2>&1); then
    printf 'this machine allows no new namespaces: %s' "$refusal"
  fi
}

refuse_a_second_lab() { # addresses and interfaces are the machine's: there is one of each
  local number
  for number in {1..10}; do
    [[ ! -e /sys/class/net/headgate-$number ]] || host_is_running "$number" ||
      give_up "host $number runs already, and not from $hosts" "its network interface is headgate-$number" \
        "scripts/provision --stop-hosts, with the HEADGATE_LAB it was started with"
  done
}

make_hosts_key() {
  mkdir -p "$hosts"
  [[ -e $hosts/key ]] || logged hosts ssh-keygen -q -t ed25519 -N '' -C headgate-lab -f "$hosts/key"
}

let_hosts_reach_each_other() { # through this machine, whose engine drops what it does not know
  iptables --check "${hosts_rule[@]}" 2>/dev/null || iptables --insert "${hosts_rule[@]}"
}
readonly hosts_rule=(FORWARD --in-interface headgate+ --out-interface headgate+ --jump ACCEPT)

host_is_up() { # number
  host_is_running "$1" && host_answers "$1"
}

host_is_running() { # number
  is_running "host-$1" "${namespaces[@]}" "$hosts/$1/host" boot "$hosts/$1"
}

host_answers() { # number: its engine, and its sshd
  engine_of_host "$1" version >/dev/null 2>&1 &&
    (exec 3<>"/dev/tcp/$hosts_network.$1.2/22" && grep -q --max-count 1 '^SSH-2' <&3) 2>/dev/null
}

engine_of_host() { # number, argument...: the docker client on the engine of a host
  local number=$1
  shift
  docker --host "unix://$hosts/$number/run/docker.sock" "$@"
}

start_host() { # number
  local began=$SECONDS number=$1 folder=$hosts/$1
  stop_host "$number" # one that is there in part
  furnish_host "$number"
  launch "host-$number" "${namespaces[@]}" "$folder/host" boot "$folder"
  comes_up "host-$number" 10 init_of_host "$number" || give_up "host $number does not start" "$(end_of_log "host-$number")"
  connect_host "$number"
  comes_up "host-$number" 30 host_answers "$number" || give_up "host $number does not come up" \
    "$(tail -n 4 "$state/log/host-$number.log" "$folder"/log/*.log 2>&1)"
  load_base_images "$number"
  did hosts "host $number: ssh://deploy@$hosts_network.$number.2" "$began"
}

furnish_host() { # number: what outlives a reboot
  local folder=$hosts/$1 account
  mkdir -p "$folder/etc" "$folder/log" "$folder/engine"
  install "$lab/host" "$folder/host"
  [[ -e $folder/etc/key ]] || logged hosts ssh-keygen -q -t ed25519 -N '' -C "host-$1" -f "$folder/etc/key"
  write_sshd_configuration >"$folder/etc/extra_sshd_config"
  printf 'Port 22\nPort 2222\n' | cat - "$folder/etc/extra_sshd_config" >"$folder/etc/sshd_config"
  grep -Ev '^(deploy|stranger):' /etc/passwd >"$folder/etc/passwd"
  grep -Ev '^docker:' /etc/group >"$folder/etc/group"
  echo docker:x:4000:deploy >>"$folder/etc/group"
  (umask 077 && echo 'root:*:19000:0:99999:7:::' >"$folder/etc/shadow")
  # Neither has a shell, and a password that is locked (!) would be refused; `stranger` may not use the engine.
  for account in deploy:4001 stranger:4002; do
    echo "${account%:*}:x:${account#*:}:100::/mnt/home/${account%:*}:/usr/sbin/nologin" >>"$folder/etc/passwd"
    echo "${account%:*}:*:19000:0:99999:7:::" >>"$folder/etc/shadow"
    authorize "$folder/home/${account%:*}" "${account#*:}"
  done
}

authorize() { # home, uid: the key may forward ports and do nothing else
  mkdir -p "$1/.ssh"
  printf 'restrict,port-forwarding,command="/bin/false" %s\n' "$(cat "$hosts/key.pub")" >"$1/.ssh/authorized_keys"
  chown -R "$2:100" "$1"
  chmod -R go-rwx "$1"
}

write_sshd_configuration() { # without ports, for one more sshd of a test's own
  cat <<'CONF'
HostKey /mnt/etc/key
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
LogLevel VERBOSE
CONF
}

init_of_host() { # number: its first process, as this machine counts
  local pid
  pid=$(recorded_pid "host-$1")
  [[ -n $pid ]] && tr -d ' ' <"/proc/$pid/task/$pid/children" 2>/dev/null | grep .
}

connect_host() { # number: the other end is gone with the host
  local number=$1 pid
  pid=$(init_of_host "$number")
  ip link add "headgate-$number" type veth peer name eth0 netns "$pid"
  ip address add "$hosts_network.$number.1/24" dev "headgate-$number"
  sysctl --quiet "net.ipv6.conf.headgate-$number.keep_addr_on_down=1"
  ip address add "fd00:213:$number::1/64" dev "headgate-$number" nodad
  ip link set "headgate-$number" up
  within_host "$number" ip address add "$hosts_network.$number.2/24" dev eth0
  within_host "$number" ip address add "fd00:213:$number::2/64" dev eth0 nodad
  within_host "$number" ip link set eth0 up
  within_host "$number" ip route add default via "$hosts_network.$number.1"
}

within_host() { # number, command...
  local pid
  pid=$(init_of_host "$1")
  shift
  nsenter --target "$pid" --mount --net --pid --uts --ipc "$@"
}

load_base_images() { # number
  local image missing=()
  for image in "${base_images[@]}"; do
    [[ $(docker image inspect --format '{{.Id}}' "$image") == \
      $(engine_of_host "$1" image inspect --format '{{.Id}}' "$image" 2>/dev/null) ]] || missing+=("$image")
  done
  [[ ${#missing[@]} -eq 0 ]] || docker save "${missing[@]}" | engine_of_host "$1" load --quiet >"$state/log/hosts.log"
}

write_known_hosts() { # of all hosts: by IPv4 and IPv6, on both ports
  local folder number address
  for folder in "$hosts"/[0-9]*; do # a host that is down keeps its key
    number=$(basename "$folder")
    for address in "$hosts_network.$number.2" "fd00:213:$number::2"; do
      printf '%s,[%s]:2222 %s\n' "$address" "$address" "$(cut -d' ' -f1,2 "$folder/etc/key.pub")"
    done
  done >"$hosts/known_hosts.part"
  mv "$hosts/known_hosts.part" "$hosts/known_hosts"
}

show_hosts() { # what a person needs to deploy to them
  local number list=
  for number in $(running_hosts); do
    list+="${list:+, }ssh://deploy@$hosts_network.$number.2"
  done
  [[ -n $list ]] || give_up "no deployment host runs" "" "make hosts"
  cat <<YAML
# in headgate.yaml:
image:
  repository: $private_registry_address/MODEL
deploy:
  hosts: [$list]
  known_hosts: $hosts/known_hosts

# in the shell; the key may forward ports, and has no shell:
export HEADGATE_SSH_KEY="\$(cat $hosts/key)"
docker login --username $private_registry_user --password-stdin $private_registry_address <$private_registry/password
YAML
}

running_hosts() {
  local number
  for number in {1..10}; do
    ! host_is_running "$number" || echo "$number"
  done
}

stop_hosts() {
  local number
  for number in {1..10}; do
    stop_host "$number"
  done
  [[ ! -e $hosts ]] || iptables --delete "${hosts_rule[@]}" 2>/dev/null || true
  stop_private_registry
}

stop_host() { # number: pulls the plug; what it served comes up again with it
  local began=$SECONDS pid
  if host_is_running "$1"; then
    pid=$(recorded_pid "host-$1")
    kill -KILL "$pid" # and the kernel kills its child, the first process of the host, and so all others
    while host_is_running "$1" || [[ -e /sys/class/net/headgate-$1 ]]; do
      ((SECONDS - began < 30)) || give_up "host $1 (pid $pid) does not end" "" "ip link; kill -9 $pid"
      sleep 0.1
    done
    did hosts "stopped host $1" "$began"
  fi
  rm -f "$state/host-$1.pid"
  find /sys/fs/cgroup/ -depth -type d -path "*/headgate-host-$1/*" -exec rmdir {} + 2>/dev/null || true
  find /sys/fs/cgroup/ -depth -type d -name "headgate-host-$1" -exec rmdir {} + 2>/dev/null || true
}

remove_hosts() {
  rm -rf --one-file-system "$hosts" "$private_registry"
}

status_hosts() {
  local number addresses=
  for number in $(running_hosts); do
    addresses+="$hosts_network.$number.2 "
  done
  say hosts "${addresses:-none runs}"
  ! private_registry_answers || say registry "$private_registry_address, with a password"
}

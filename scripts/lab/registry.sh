# shellcheck shell=bash disable=SC2154
# An image registry on this machine's loopback, without accounts: Debian's where it can be had, else the official image.

readonly registry_port=${HEADGATE_LAB_REGISTRY_PORT:-5000}
readonly registry_address=127.0.0.1:$registry_port
readonly registry_command=(/usr/bin/docker-registry serve "$state/registry.yml")
readonly registry_container=headgate-lab-registry

registry_answers() {
  (exec 3<>"/dev/tcp/127.0.0.1/$registry_port" && printf 'GET /v2/ HTTP/1.0\r\n\r\n' >&3 &&
    grep -qi '^docker-distribution-api-version: registry/2' <&3) 2>/dev/null
}

provision_registry() {
  registry_answers && return
  stop_registry # one that runs on another port
  if can_have_registry_program; then
    start_registry
  else
    run_registry_container
  fi
}

can_have_registry_program() {
  [[ -x ${registry_command[0]} ]] || is_root_on_debian
}

start_registry() {
  local began=$SECONDS
  [[ -x ${registry_command[0]} ]] || install_packages registry docker-registry
  mkdir -p "$state/registry"
  write_registry_configuration >"$state/registry.yml"
  launch registry "${registry_command[@]}"
  comes_up registry 15 registry_answers || give_up "the image registry does not answer on $registry_address" \
    "$(end_of_log registry)" "where the port is taken: HEADGATE_LAB_REGISTRY_PORT=5001 scripts/provision"
  did registry "started on $registry_address" "$began"
}

write_registry_configuration() {
  cat <<YAML
version: 0.1
log: {level: warn}
storage:
  filesystem: {rootdirectory: "$state/registry"}
  delete: {enabled: true}
http: {addr: "$registry_address"}
YAML
}

run_registry_container() {
  local began=$SECONDS
  logged registry docker run --detach --name "$registry_container" --publish "$registry_address:5000" \
    --env REGISTRY_STORAGE_DELETE_ENABLED=true registry:2
  comes_up registry 15 registry_answers || give_up "the image registry does not answer on $registry_address" \
    "$(docker logs --tail 4 "$registry_container" 2>&1)" "docker logs $registry_container"
  did registry "runs as container $registry_container on $registry_address" "$began"
}

stop_registry() {
  stop registry "${registry_command[@]}"
  if docker container inspect "$registry_container" >/dev/null 2>&1; then
    logged registry docker rm --force --volumes "$registry_container"
    say registry "container removed"
  fi
}

status_registry() {
  if ! registry_answers; then
    say registry "none answers on $registry_address"
  elif is_running registry "${registry_command[@]}"; then
    say registry "$registry_address, started here (pid $(recorded_pid registry))"
  else
    say registry "$registry_address"
  fi
}

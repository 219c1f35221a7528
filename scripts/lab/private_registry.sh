# shellcheck shell=bash disable=SC2154
# The image registry of the deployment hosts: with TLS and a password, at an address that they and this machine reach.

readonly private_registry_address=10.213.0.1:5000
readonly private_registry_user=lab
readonly lab_addresses=("${private_registry_address%:*}" 10.213.0.129) # the second: for registries that tests make
readonly private_registry=$state/private-registry
readonly private_registry_command=(/usr/bin/docker-registry serve "$private_registry/config.yml")
readonly private_registry_trust=/etc/docker/certs.d/$private_registry_address # where every engine here looks

private_registry_answers() { # with a certificate that is ours; 401, as there is no password
  [[ -e $private_registry/tls.crt ]] &&
    printf 'GET /v2/ HTTP/1.0\r\n\r\n' |
    timeout 5 openssl s_client -quiet -verify_return_error -CAfile "$private_registry/tls.crt" \
      -connect "$private_registry_address" 2>/dev/null | grep -q '^HTTP/1.. 401'
}

provision_private_registry() {
  local began=$SECONDS
  trust_private_registry
  private_registry_answers && return
  [[ -x ${private_registry_command[0]} ]] || install_packages registry docker-registry
  add_lab_addresses
  make_password
  make_certificate
  trust_private_registry
  write_private_registry_configuration >"$private_registry/config.yml"
  stop private-registry "${private_registry_command[@]}"
  launch private-registry "${private_registry_command[@]}"
  comes_up private-registry 15 private_registry_answers ||
    give_up "the image registry with a password does not answer on $private_registry_address" \
      "$(end_of_log private-registry)"
  did registry "with a password: $private_registry_address" "$began"
}

add_lab_addresses() {
  local address
  for address in "${lab_addresses[@]}"; do
    ip address replace "$address/32" dev lo
  done
}

make_password() { # perl reads it from its standard input: no argument of a program ever shows it
  local part
  mkdir -p "$private_registry"
  [[ ! -s $private_registry/htpasswd ]] || return 0
  (
    umask 077
    openssl rand -hex 16 >"$private_registry/password"
    part=$(openssl rand -hex 11)
    perl -e 'chomp($_ = <STDIN>); print "$ARGV[0]:", crypt($_, "\$2y\$10\$$ARGV[1]"), "\n"' \
      "$private_registry_user" "$part" <"$private_registry/password" >"$private_registry/htpasswd"
  )
}

make_certificate() {
  [[ ! -s $private_registry/tls.crt ]] || return 0
  (
    umask 077
    logged private-registry openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
      -subj "/CN=headgate lab" -addext "subjectAltName=IP:${private_registry_address%:*}" \
      -keyout "$private_registry/tls.key" -out "$private_registry/tls.crt"
  )
}

trust_private_registry() { # engines read it anew at each request
  [[ -s $private_registry/tls.crt ]] || return 0
  cmp -s "$private_registry/tls.crt" "$private_registry_trust/ca.crt" ||
    install -D --mode 644 "$private_registry/tls.crt" "$private_registry_trust/ca.crt"
}

write_private_registry_configuration() {
  cat <<YAML
version: 0.1
log: {level: warn}
storage:
  filesystem: {rootdirectory: "$private_registry/data"}
  delete: {enabled: true}
auth:
  htpasswd: {realm: headgate-lab, path: "$private_registry/htpasswd"}
http:
  addr: "$private_registry_address"
  tls: {certificate: "$private_registry/tls.crt", key: "$private_registry/tls.key"}
YAML
}

stop_private_registry() {
  stop private-registry "${private_registry_command[@]}"
  rm -rf "$private_registry_trust"
  local address
  for address in "${lab_addresses[@]}"; do
    ip address delete "$address/32" dev lo 2>/dev/null || true
  done
}

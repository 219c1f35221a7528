# shellcheck shell=bash disable=SC2154
# The image builder: buildx where it answers or can be built with Go, else Debian's client with its own BuildKit.

readonly buildx_module=github.com/docker/buildx
readonly buildx_version=v0.37.2 # the newest whose modules resolve with Go alone

plugin() {
  printf '%s\n' "${DOCKER_CONFIG:-$HOME/.docker}/cli-plugins/docker-buildx"
}

has_buildx() {
  docker buildx version >/dev/null 2>&1
}

provision_builder() {
  has_buildx && return
  if has_kept_buildx || build_buildx; then
    link_buildx
  else
    use_plain_client
  fi
}

has_kept_buildx() {
  "$state/bin/buildx" version >/dev/null 2>&1
}

build_buildx() {
  local began=$SECONDS log="$state/log/buildx.log"
  command -v go >/dev/null || return 1
  say builder "building buildx $buildx_version with Go, about 3 minutes"
  if GOBIN="$state/bin" CGO_ENABLED=0 go install -ldflags "-X $buildx_module/version.Version=$buildx_version" \
    "$buildx_module/cmd/buildx@$buildx_version" >"$log" 2>&1 </dev/null; then
    did builder "built buildx $buildx_version" "$began"
  else
    say builder "buildx could not be built ($(tail -n 1 "$log")); the whole log is $log"
    return 1
  fi
}

link_buildx() {
  mkdir -p "$(dirname "$(plugin)")"
  ln -sfn "$state/bin/buildx" "$(plugin)"
  say builder "buildx is at $(plugin)"
}

use_plain_client() { # newer clients build with BuildKit through buildx alone; Debian's has it inside
  [[ ! -e $state/bin/docker ]] || return 0
  if ! [[ -x /usr/bin/docker ]]; then
    is_root_on_debian || give_up "there is no image builder" "neither buildx nor Go was found" \
      "install the buildx plugin of Docker, or Go"
    install_packages builder docker.io
  fi
  mkdir -p "$state/bin"
  ln -sfn /usr/bin/docker "$state/bin/docker"
  say builder "no buildx; the client with BuildKit inside is $state/bin/docker (see scripts/provision --env)"
}

remove_builder() {
  if [[ $(readlink "$(plugin)") == "$state/bin/buildx" ]]; then
    rm "$(plugin)"
  fi
}

status_builder() {
  if has_buildx; then
    say builder "$(docker buildx version | cut -d' ' -f1,2)"
  elif [[ -e $state/bin/docker ]]; then
    say builder "BuildKit of $state/bin/docker"
  else
    say builder "none"
  fi
}

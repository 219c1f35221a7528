# shellcheck shell=bash disable=SC2154
# The base images: pulled where a registry of images can be reached; else stand-ins made from Debian's own packages.

readonly base_images=(python:3.11-slim haproxy:3.0)
readonly stand_in_base=headgate-lab/debian:bookworm
readonly stand_in_label=dev.headgate.stand-in

provision_images() {
  local image
  for image in "${base_images[@]}"; do
    has_image "$image" || pull "$image" || load_stand_in "$image" || make_stand_in "$image"
  done
}

has_image() {
  docker image inspect "$1" >/dev/null 2>&1
}

pull() { # image; fails at once where the registry has no address, and after two minutes whatever happens
  local began=$SECONDS
  timeout 120 docker pull --quiet "$1" >"$state/log/pull.log" 2>&1 </dev/null || return 1
  did images "pulled $1" "$began"
}

load_stand_in() { # image
  local began=$SECONDS kept
  kept=$(kept_image "$1")
  [[ -e $kept ]] && docker load --quiet --input "$kept" >"$state/log/images.log" 2>&1 || return 1
  did images "loaded the stand-in for $1" "$began"
}

make_stand_in() { # image
  local began=$SECONDS
  is_root_on_debian || give_up "$1 can be neither pulled nor made" \
    "$(end_of_log pull)"$'\n'"making a stand-in takes root on Debian" "docker pull $1, where a registry can be reached"
  has_image "$stand_in_base" || import_debian
  # The classic builder is in every client: Debian's has no buildx, and newer ones have BuildKit in buildx alone.
  logged images env DOCKER_BUILDKIT=0 docker build --force-rm --file "$lab/${1%%:*}.Dockerfile" --tag "$1" "$lab"
  keep_image "$1"
  did images "made a stand-in for $1" "$began"
}

kept_image() { # image
  printf '%s\n' "$state/images/${1/:/-}.tar"
}

keep_image() { # image: an engine that starts from nothing has it again in seconds
  local kept
  kept=$(kept_image "$1")
  mkdir -p "$state/images"
  logged images docker save --output "$kept.part" "$1"
  mv "$kept.part" "$kept"
}

import_debian() {
  local root=$state/rootfs began=$SECONDS
  command -v debootstrap >/dev/null || install_packages images debootstrap debian-archive-keyring
  rm -rf --one-file-system "$root" # what a killed run left
  # In a mount namespace of its own: what debootstrap mounts inside the folder goes when it does, even if killed.
  # shellcheck disable=SC2046
  logged debootstrap unshare --mount debootstrap --variant=minbase --include=ca-certificates \
    bookworm "$root" $(debian_mirror)
  strip_debian "$root"
  trust_what_this_machine_trusts "$root"
  logged images import_folder "$root"
  rm -rf --one-file-system "$root"
  did images "made Debian bookworm, the base of the stand-ins" "$began"
}

debian_mirror() { # the one this machine installs from; nothing (debootstrap's default) on another release
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(REPO_URI)' 'Codename: bookworm' 'Origin: Debian' 'Created-By: Packages' | sed -n 1p
}

strip_debian() { # folder: what the official slim images leave out too, now and at every later apt-get
  rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/* "$1"/usr/share/{doc,info,man,locale}/* "$1"/var/log/*.log
  cat >"$1/etc/apt/apt.conf.d/slim" <<'APT'
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Acquire::Languages "none";
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb"; };
APT
  cat >"$1/etc/dpkg/dpkg.cfg.d/slim" <<'DPKG'
path-exclude /usr/share/doc/*
path-exclude /usr/share/info/*
path-exclude /usr/share/man/*
path-exclude /usr/share/locale/*
DPKG
}

trust_what_this_machine_trusts() { # folder: a file of its own, which installing ca-certificates inside does not rewrite
  local bundle=/etc/ssl/certs/ca-certificates.crt
  [[ -e $bundle ]] || bundle=$1$bundle
  cp "$bundle" "$1/etc/ssl/certs/machine.crt"
}

import_folder() {
  tar --create --one-file-system --numeric-owner --directory "$1" . |
    docker import --change "LABEL $stand_in_label=true" --change 'CMD ["bash"]' - "$stand_in_base"
}

remove_stand_ins() {
  local image
  for image in "${base_images[@]}" "$stand_in_base"; do
    [[ $(kind_of_image "$image") == stand-in ]] || continue
    if docker image rm "$image" >"$state/log/images.log" 2>&1; then
      say images "removed $image"
    else
      say images "left $image, which is in use"
    fi
  done
}

status_images() {
  local image
  for image in "${base_images[@]}"; do
    say images "$image: $(kind_of_image "$image")"
  done
}

kind_of_image() {
  local label
  if ! label=$(docker image inspect --format "{{index .Config.Labels \"$stand_in_label\"}}" "$1" 2>/dev/null); then
    echo missing
  elif [[ $label == true ]]; then
    echo stand-in
  else
    echo official
  fi
}

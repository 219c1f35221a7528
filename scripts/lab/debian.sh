# shellcheck shell=bash disable=SC2154
# Debian packages: installed only when missing, and only by root.

is_root_on_debian() {
  [[ $EUID -eq 0 && -e /etc/debian_version ]] && command -v apt-get >/dev/null
}

has_packages() { # package...
  [[ $(dpkg-query --show --showformat '${db:Status-Status}\n' "$@" 2>&1 | sort --unique) == installed ]]
}

install_packages() { # part, package...
  local part=$1 began=$SECONDS
  shift
  refresh_package_lists
  logged apt env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
    -o DPkg::Lock::Timeout=300 "$@"
  did "$part" "installed $*" "$began"
}

refresh_package_lists() { # once per run; also finishes what a killed installation left half done
  [[ -z ${package_lists_fresh:-} ]] || return 0
  logged apt env DEBIAN_FRONTEND=noninteractive dpkg --configure -a
  logged apt apt-get update -q -o DPkg::Lock::Timeout=300
  package_lists_fresh=yes
}

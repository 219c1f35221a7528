# shellcheck shell=bash disable=SC2154
# A browser without a window, which the HTML report is looked at in: Chromium, whichever is there; else Debian's.

readonly browser_programs=(chromium chromium-browser)

browser_program() {
  command -v "${browser_programs[@]}" | head -n 1 | grep .
}

provision_browser() {
  browser_program >/dev/null && return
  if is_root_on_debian; then
    install_packages browser chromium fonts-dejavu-core
  elif [[ -n ${CI:-} ]]; then
    give_up "there is no Chromium, and installing it takes root on Debian" "" "install chromium"
  else
    say browser "there is no Chromium: the tests of the HTML report are skipped"
  fi
}

status_browser() {
  say browser "$(browser_program || printf 'none found')"
}

# shellcheck shell=bash
# What scripts/test, scripts/demo and scripts/coverage share. Sourced with
# `set -eu`, in the repository's root.

say() {
  printf '%s\n' "$*"
}

die() {
  printf '%s: %s\n' "$0" "$*" >&2
  exit 1
}

# -- packages -----------------------------------------------------------------

wanted_packages() {
  sed -e 's/#.*//' -e '/^[[:space:]]*$/d' scripts/packages.txt
}

missing_packages() {
  local name
  for name in $(wanted_packages); do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null || :)" \
      = installed ] || printf '%s ' "$name"
  done
}

# as_root COMMAND...: with sudo unless root; fails where neither works.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif [ "${CI:-}" = true ] || [ ! -t 2 ]; then
    sudo -n "$@" # nobody is there to type a password
  else
    sudo "$@"
  fi
}

can_be_root() {
  [ "$(id -u)" = 0 ] || command -v sudo >/dev/null
}

# Installs what scripts/packages.txt names and is not there. SKIP_INSTALL=1
# goes on with what there is.
install_packages() {
  local missing
  [ "${SKIP_INSTALL:-}" != 1 ] || return 0
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    die "there is no apt-get here. Install what these Debian packages hold:
  $(wanted_packages | tr '\n' ' ')
then run this with SKIP_INSTALL=1."
  fi
  missing=$(missing_packages)
  [ -n "$missing" ] || return 0
  local apt="apt-get install -y --no-install-recommends $missing"
  can_be_root || die "packages are missing, and there is no sudo. As root:
  apt-get update && $apt"
  say "Installing packages (1 to 5 minutes): $missing"
  mkdir -p build/log
  # shellcheck disable=SC2086 # $missing is a list
  if ! { as_root apt-get -q update &&
         as_root env DEBIAN_FRONTEND=noninteractive \
           apt-get -q -y --no-install-recommends \
           -o DPkg::Lock::Timeout=120 install $missing; } \
         </dev/null >build/log/packages.log 2>&1; then
    tail -n 20 build/log/packages.log >&2
    die "installing failed, see build/log/packages.log. By hand, as root:
  apt-get update && $apt"
  fi
}

# -- steps --------------------------------------------------------------------

progress_pid=

stop_progress() {
  [ -n "$progress_pid" ] || return 0
  kill "$progress_pid" 2>/dev/null || :
  wait "$progress_pid" 2>/dev/null || :
  progress_pid=
}

# How far ninja ([3/9]) or ctest (3/9 Test) is, by the log.
show_progress() {
  local name=$1 log=$2 began=$SECONDS
  while sleep 1; do
    printf '\r\033[K  %-18s %4d s  %s' "$name" $((SECONDS - began)) \
      "$(grep -oE '^ *\[?[0-9]+/[0-9]+' "$log" | tail -n 1 | tr -d ' [')"
  done
}

# step NAME LOG COMMAND...: runs COMMAND with its output in LOG; one line says
# how it went. Returns what COMMAND returns.
step() {
  local name=$1 log=$2 began=$SECONDS status=0
  shift 2
  mkdir -p "$(dirname "$log")"
  : >"$log"
  printf '  %-18s' "$name"
  # The progress runs behind the command, so that Ctrl-C ends the command.
  if [ -t 1 ]; then
    show_progress "$name" "$log" &
    progress_pid=$!
  fi
  "$@" </dev/null >"$log" 2>&1 || status=$?
  stop_progress
  [ ! -t 1 ] || printf '\r\033[K  %-18s' "$name"
  if [ "$status" = 0 ]; then
    printf ' ok     %4d s\n' $((SECONDS - began))
  else
    printf ' FAILED %4d s  log: %s\n' $((SECONDS - began)) "$log"
  fi
  return "$status"
}

jobs_at_once() {
  printf '%s' "${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}"
}

# configure PRESET
configure() {
  local options=()
  [ "${CI:-}" != true ] || options+=(-DRESILIENCE_WERROR=ON)
  step "configure $1" "build/$1/log/configure.log" \
    cmake --preset "$1" "${options[@]}"
}

# build PRESET [TARGET...]
build() {
  local preset=$1
  shift
  step "build $preset" "build/$preset/log/build.log" \
    cmake --build --preset "$preset" --parallel "$(jobs_at_once)" \
    ${1:+--target "$@"}
}

# shellcheck shell=bash
# What every part of the lab shares: where state lives, how a run is named, how errors and locks look.
# shellcheck disable=SC2034 # the other parts read these variables

# The tools of the system, not what a login shell may have put before them.
export PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin

STATE=${DAVIT_LAB:-/var/lib/davit-lab}
RUN=${DAVIT_LAB_RUN:-lab}
NETWORK=198.18.0
GATEWAY=$NETWORK.1
GATEWAY_MAC=02:00:00:00:00:01
CTL_ADDRESS=$NETWORK.2
MIRROR_PORT=8080
ARCH=$(dpkg --print-architecture 2>/dev/null || echo unknown)

say() { printf '%s\n' "$*" >&2; }

# die MESSAGE [REMEDY]: "cannot VERB OBJECT: cause", and on a second line what to do about it.
die() {
  say "lab: $1"
  [ -z "${2-}" ] || say "  → $2"
  exit 1
}

usage_error() {
  say "lab: $1"
  say "  → lab help lists the commands"
  exit 64
}

[[ $RUN =~ ^[a-z][a-z0-9-]{0,15}$ ]] ||
  usage_error "cannot use run name '$RUN' (DAVIT_LAB_RUN): it must match [a-z][a-z0-9-]{0,15}"
[[ $STATE = /* && $STATE != *[:,[:space:]]* ]] ||
  usage_error "cannot use state folder '$STATE' (DAVIT_LAB): it must be an absolute path without blanks, commas and colons"

# Prefix of every namespace, cgroup and machine name of this run. The hash keeps two state folders
# with the same run name apart.
TAG=davit-$RUN-$(printf '%s\n%s' "$STATE" "$RUN" | sha256sum | cut -c1-6)
RUN_DIR=$STATE/runs/$RUN
HOSTS=$RUN_DIR/hosts

# locked FILE COMMAND...: runs COMMAND while holding FILE. What COMMAND leaves in the background is
# started through lib/alone, so that it does not keep the lock.
locked() {
  local file=$1 lock
  shift
  mkdir -p "${file%/*}"
  exec {lock}>>"$file"
  flock -w 900 "$lock" || die "cannot lock $file: another command has held it for 15 minutes"
  "$@"
  exec {lock}>&-
}

# until_true SECONDS COMMAND...: polls ten times a second; fails at the deadline.
until_true() {
  local deadline=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000))
  shift
  until "$@"; do
    ((${EPOCHREALTIME/[.,]/} < deadline)) || return 1
    sleep 0.1
  done
}

# A process is remembered as "pid starttime boot-id", so that a number used again after a crash or a
# reboot is never taken for ours.
boot_id() { cat /proc/sys/kernel/random/boot_id; }

start_time() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  stat=${stat##*) } # after the command name, which may hold anything
  # shellcheck disable=SC2086 # split on purpose; starttime is field 22, 20 after the name
  set -- $stat
  [ "$1" != Z ] && echo "${20}"
}

remember_process() { # PID FILE
  local started
  started=$(start_time "$1") || return 1
  printf '%s %s %s\n' "$1" "$started" "$(boot_id)" >"$2.new"
  mv "$2.new" "$2"
}

# Prints the remembered pid, if exactly that process still lives.
living_process() { # FILE
  local pid started boot
  [ -s "$1" ] || return 1
  read -r pid started boot <"$1" || return 1
  [ "$boot" = "$(boot_id)" ] && [ "$(start_time "$pid")" = "$started" ] && echo "$pid"
}

process_ended() { ! living_process "$1" >/dev/null; }

need_root() {
  [ "$(uname -s)" = Linux ] || die "cannot run the lab: it needs Linux, this is $(uname -s)"
  [ "$(id -u)" = 0 ] || die "cannot run the lab: it needs root (namespaces, mounts)" "run it with sudo"
}

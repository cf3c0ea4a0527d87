# shellcheck shell=bash
# What both halves of the benchmark share: the hosts, what lies on them beforehand, the clock, and the end of a bring-up.
# shellcheck disable=SC2034 # the scripts that source this read these variables

BENCH=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
LAB=$BENCH/../lab
export DAVIT_LAB_RUN=${DAVIT_LAB_RUN:-bench}

declare -A ADDRESS=(
  [ctl]=198.18.0.2 [e1]=198.18.0.11 [e2]=198.18.0.12 [e3]=198.18.0.13
  [s1]=198.18.0.14 [s2]=198.18.0.15 [s3]=198.18.0.16 [w1]=198.18.0.17 [w2]=198.18.0.18 [x1]=198.18.0.19
)
ETCD=(e1 e2 e3) BALANCERS=(e1 e2) SERVERS=(s1 s2 s3) WORKERS=(w1 w2)
VIRTUAL=198.18.0.100

die() {
  printf 'bench: %s\n' "$1" >&2
  [ -z "${2-}" ] || printf '  → %s\n' "$2" >&2
  exit 1
}

on() { "$LAB" exec "$@"; }

# Runs a function for each word at once; fails if one of them does.
each() { # FUNCTION WORD...
  local function=$1 word pids=() pid failed=0
  shift
  for word; do
    "$function" "$word" &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
  return "$failed"
}

# ---- the clock ----

clock_start() { CLOCK=${EPOCHREALTIME/[.,]/}; }
elapsed() {
  local now=${EPOCHREALTIME/[.,]/}
  printf '%d.%02d' $(((now - CLOCK) / 1000000)) $(((now - CLOCK) / 10000 % 100))
}
mark() { printf '%8s  %s\n' "$(elapsed)" "$*"; }

# Waits for a condition; a bring-up that takes three times as long as the slowest one seen is no measurement.
in_time() { ((${EPOCHREALTIME/[.,]/} - CLOCK < 300 * 1000000)) || die "no end after 300 s: $*"; }
await() { # COMMAND...
  until "$@"; do
    in_time "$@"
    sleep 0.1
  done
}

# ---- hosts, with artifacts and packages on them ----

fresh_hosts() {
  local name arguments=()
  for name in "${!ADDRESS[@]}"; do arguments+=("$name=${ADDRESS[$name]}"); done
  "$LAB" down --wipe
  "$LAB" up "${arguments[@]}" >/dev/null
  "$LAB" mirror up >/dev/null
  each stage_host "${ETCD[@]}" "${SERVERS[@]}" "${WORKERS[@]}"
}

# The stand-in takes the time and the CPU that a real k3s was seen to take; a real one does not read this file.
stage_host() { # NAME
  on "$1" sh -c 'mkdir -p /etc/davit-lab && echo K3S_STANDIN_PACE=real >/etc/davit-lab/k3s-stand-in.env'
  case "$1" in
    e1 | e2) on "$1" sh -c 'apt-get -qq install -y haproxy keepalived >/dev/null 2>&1 && systemctl -q disable --now haproxy keepalived' ;;
  esac
}

ready_nodes() { on s1 k3s kubectl get nodes --no-headers 2>/dev/null | awk '$2 == "Ready" {print $1}'; }

# Prints a line when a node is Ready; ends when all are.
await_nodes() {
  local seen=' ' name
  while [ "$(wc -w <<<"$seen")" -lt $((${#SERVERS[@]} + ${#WORKERS[@]})) ]; do
    for name in $(ready_nodes); do
      [[ $seen != *" $name "* ]] || continue
      seen+="$name "
      mark "node $name Ready"
    done
    in_time "Ready are$seen"
    sleep 0.2
  done
}

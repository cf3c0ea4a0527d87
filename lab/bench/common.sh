# shellcheck shell=bash
# What all parts of the benchmark share: the hosts, what lies on them beforehand, the clock, and the end of a bring-up.
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

# ---- the clock, and what the machine does meanwhile ----

# busy and stolen CPU-seconds of the machine since its boot
cpu() { awk '/^cpu / {printf "%.2f %.2f\n", ($2 + $3 + $4 + $7 + $8) / 100, $9 / 100}' /proc/stat; }

# The hosts are up and idle: what is busy now is somebody else, and is told beside the result.
settle() {
  local before
  sync
  sleep 5
  before=$(cpu)
  sleep 5
  printf 'before: %s of %s cores busy, load %s\n' "$(awk -v a="$before" -v b="$(cpu)" 'BEGIN {split(a, x); split(b, y); printf "%.2f", (y[1] - x[1]) / 5}')" \
    "$(nproc)" "$(cut -d' ' -f1-3 /proc/loadavg)"
}

clock_start() {
  CPU_BEFORE=$(cpu)
  CLOCK=${EPOCHREALTIME/[.,]/}
}
elapsed() {
  local now=${EPOCHREALTIME/[.,]/}
  printf '%d.%02d' $(((now - CLOCK) / 1000000)) $(((now - CLOCK) / 10000 % 100))
}
mark() { printf '%8s  %s\n' "$(elapsed)" "$*"; }

# What both halves tell at their end.
totals() {
  local total
  total=$(elapsed)
  awk -v a="$CPU_BEFORE" -v b="$(cpu)" 'BEGIN {split(a, x); split(b, y); printf "machine: %.1f CPU-seconds, %.1f stolen\n", y[1] - x[1], y[2] - x[2]}'
  printf 'total %s\n' "$total"
}

# Waits for a condition; a bring-up that takes three times as long as the slowest one seen is no measurement.
in_time() { ((${EPOCHREALTIME/[.,]/} - CLOCK < 300 * 1000000)) || die "no end after 300 s: $*"; }

median() { sort -n | awk '{v[NR] = $1} END {print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; } # numbers, a line each

# ---- hosts, with packages on them ----

fresh_hosts() {
  local name arguments=()
  for name in "${!ADDRESS[@]}"; do arguments+=("$name=${ADDRESS[$name]}"); done
  "$LAB" down --wipe
  "$LAB" up "${arguments[@]}" >/dev/null
  "$LAB" mirror up >/dev/null
  each stage_host "${ETCD[@]}" "${SERVERS[@]}" "${WORKERS[@]}"
}

# The stand-in takes the time and the CPU that a real k3s was seen to take; a real one does not read this file.
# Packages are installed masked, so that Debian does not start them with a configuration of its own.
stage_host() { # NAME
  on "$1" sh -c 'mkdir -p /etc/davit-lab && echo K3S_STANDIN_PACE=real >/etc/davit-lab/k3s-stand-in.env'
  case "$1" in
    e1 | e2) on "$1" sh -c 'systemctl -q mask --runtime haproxy keepalived 2>/dev/null && apt-get -qq update 2>/dev/null &&
      apt-get -qq install -y --no-install-recommends haproxy keepalived >/dev/null 2>&1 && systemctl -q unmask --runtime haproxy keepalived' ;;
  esac
}

# ---- the end: what an administrator's kubectl sees ----

# One look costs the machine a tenth of a CPU-second: both halves are watched in the same way, from their start to their end.
ready_nodes() { # KUBECONFIG
  "$LAB" kubectl --kubeconfig "$1" --request-timeout=3s get nodes --no-headers 2>/dev/null | awk '{print $1, $2}'
}

# Needs a folder $WORK. Prints a line when the API answers and when a node is Ready, and the totals when all are.
await_nodes() {
  local root kubeconfig nodes name state seen=' ' answered=no
  root=$("$LAB" root "${SERVERS[0]}")
  kubeconfig=$WORK/admin.yaml
  until [ -s "$root/etc/rancher/k3s/k3s.yaml" ]; do
    in_time "${SERVERS[0]} writes its kubeconfig"
    sleep 0.3
  done
  sed "s/127\.0\.0\.1/${ADDRESS[${SERVERS[0]}]}/" "$root/etc/rancher/k3s/k3s.yaml" >"$kubeconfig"
  while [ "$(wc -w <<<"$seen")" -lt $((${#SERVERS[@]} + ${#WORKERS[@]})) ]; do
    nodes=$(ready_nodes "$kubeconfig") || nodes=''
    if [ "$answered" = no ] && [ -n "$nodes" ]; then
      answered=yes
      mark "${SERVERS[0]} lists nodes"
    fi
    while read -r name state; do
      [ "$state" = Ready ] && [[ $seen != *" $name "* ]] || continue
      seen+="$name "
      mark "node $name Ready"
    done <<<"$nodes"
    in_time "Ready are$seen"
    sleep 0.3
  done
  totals
}

watch_nodes() {
  await_nodes &
  WATCHER=$!
}
WATCHER=''

# shellcheck shell=bash
# One host: its disk, its boot, its end.
#
# A host has a folder $HOSTS/NAME: address, machine-id, the overlay (upper, work, root), the folders
# rancher, kubelet and etcd on the real disk, credentials, console.log, and while it runs the
# remembered processes supervisor and nspawn. A clone has the machine-id of its disk, and so no file
# machine-id.

host_exists() { [ -s "$HOSTS/$1/address" ]; }
host_running() { living_process "$HOSTS/$1/supervisor" >/dev/null; }
host_stopped() { ! host_running "$1"; }

host_names() {
  local folder
  for folder in "$HOSTS"/*/; do
    [ ! -s "$folder/address" ] || basename "$folder"
  done
}

need_host() {
  host_exists "$1" || die "cannot find host '$1' in run $RUN: the run has: $(host_names | tr '\n' ' ')" "lab up $1"
}

# The host's PID 1 as the machine sees it.
host_leader() {
  local nspawn pid
  nspawn=$(living_process "$HOSTS/$1/nspawn") || return 1
  while read -r pid; do
    grep -qs $'^NSpid:.*\t1$' "/proc/$pid/status" && echo "$pid" && return 0
  done < <(tr ' ' '\n' <"/proc/$nspawn/task/$nspawn/children" 2>/dev/null)
  return 1
}

need_leader() {
  need_host "$1"
  host_leader "$1" || die "cannot reach inside $1: it is not running" "lab start $1"
}

host_state() {
  if host_stopped "$1"; then
    echo stopped
  elif cgroup_is_frozen "$1"; then
    echo paused
  else
    echo running
  fi
}

# Sets INSIDE to what runs a command inside: all namespaces, the host's root, a clean environment.
# The command dies with the nsenter that started it.
host_inside() { # LEADER TERM
  INSIDE=(nsenter -t "$1" -m -u -i -n -p -C -r -w -- setpriv --pdeathsig KILL -- env -i
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    HOME=/root USER=root LOGNAME=root SHELL=/bin/bash LANG=C.UTF-8 "TERM=$2")
}

host_exec() { # LEADER TERM COMMAND...
  local INSIDE
  host_inside "$1" "$2"
  "${INSIDE[@]}" "${@:3}"
}

# ---- disk ----

host_mount() { # NAME
  local dir=$HOSTS/$1
  mountpoint -q "$dir/root" && return 0
  mkdir -p "$dir"/{upper,work,root,rancher,kubelet,etcd}
  mount -t overlay "$TAG-$1" -o "lowerdir=$(<"$dir/base"),upperdir=$dir/upper,workdir=$dir/work" "$dir/root" ||
    die "cannot mount the disk of $1: no overlay file system on $STATE" \
      "set DAVIT_LAB to a folder on a real disk (ext4, xfs), not on overlay or a network file system"
}

host_unmount() { # NAME
  local dir=$HOSTS/$1
  ! mountpoint -q "$dir/root" || umount "$dir/root" 2>/dev/null || umount -l "$dir/root"
}

hosts_file() {
  local name
  echo '127.0.0.1 localhost'
  echo '::1 localhost ip6-localhost ip6-loopback'
  for name in $(host_names); do printf '%s %s\n' "$(<"$HOSTS/$name/address")" "$name"; done
}

# Puts the list of hosts into every mounted host, in place, only where it differs.
hosts_file_spread() {
  local name wanted
  wanted=$(hosts_file)
  for name in $(host_names); do
    mountpoint -q "$HOSTS/$name/root" || continue
    [ "$(cat "$HOSTS/$name/root/etc/hosts" 2>/dev/null)" = "$wanted" ] ||
      printf '%s\n' "$wanted" >"$HOSTS/$name/root/etc/hosts"
  done
}

host_prepare() { # NAME: a mounted disk with its identity
  local name=$1 dir=$HOSTS/$1
  if [ ! -s "$dir/base" ]; then
    base_ready
    base_root >"$dir/base"
  fi
  host_mount "$name"
  if [ ! -e "$dir/clone" ]; then
    [ -s "$dir/machine-id" ] || tr -d - </proc/sys/kernel/random/uuid >"$dir/machine-id"
    cmp -s "$dir/machine-id" "$dir/root/etc/machine-id" || cp "$dir/machine-id" "$dir/root/etc/machine-id"
  fi
  echo "$name" >"$dir/root/etc/hostname"
  echo "nameserver $GATEWAY" >"$dir/root/etc/resolv.conf"
}

# ---- boot ----

# Runs as a process of its own for as long as the host has power: gives it a network, boots it,
# boots it again when it reboots itself, and takes network and cgroups away at the end, however it
# ended.
host_supervise() { # NAME
  local name=$1 status
  cd /
  while :; do
    net_attach "$name"
    status=0
    host_nspawn "$name" &
    remember_process $! "$HOSTS/$name/nspawn" || true # gone already: wait says how
    wait $! || status=$?
    net_detach "$name"
    cgroup_remove "$name"
    host_unexport "$name"
    [ "$status" = 133 ] || break # 133: systemd-nspawn's word for "rebooted"
  done
  rm -f "$HOSTS/$name/nspawn" "$HOSTS/$name/supervisor"
}

# Since systemd 256 an nspawn that was killed leaves a mount there, and the next one of its name refuses to begin.
host_unexport() { # NAME
  local left=/run/systemd/nspawn/unix-export/$TAG-$1
  [ -d "$left" ] || return 0
  umount -l "$left" 2>/dev/null || true
  rmdir "$left" 2>/dev/null || true
}

host_nspawn() { # NAME: becomes systemd-nspawn
  local name=$1 dir=$HOSTS/$1 scope=() extra=() credential
  cgroup_join "$name"
  host_unexport "$name"
  if cgroup_unified && machine_has_systemd; then
    scope=(systemd-run --quiet --scope --collect --unit="$TAG-$name.scope" -p Delegate=yes --)
  fi
  [ ! -e /dev/kmsg ] || extra+=(--bind=/dev/kmsg)
  for credential in "$dir"/credentials/*; do
    [ ! -e "$credential" ] || extra+=("--load-credential=${credential##*/}:$credential")
  done
  export SYSTEMD_NSPAWN_API_VFS_WRITABLE=1 SYSTEMD_SECCOMP=0 SYSTEMD_NSPAWN_LOCK=0 SYSTEMD_NSPAWN_TMPFS_TMP=0
  exec "${scope[@]}" systemd-nspawn --quiet --register=no --keep-unit --boot \
    --machine="$TAG-$name" --hostname="$name" --directory="$dir/root" \
    --network-namespace-path="/run/netns/$TAG-$name" --capability=all \
    --bind="$dir/rancher:/var/lib/rancher" --bind="$dir/kubelet:/var/lib/kubelet" --bind="$dir/etcd:/var/lib/etcd" \
    "${extra[@]}" --resolv-conf=off --timezone=off --link-journal=no --console=read-only
}

host_boot() { # NAME: starts the supervisor; host_await waits for systemd
  local name=$1 dir=$HOSTS/$1
  host_running "$name" && return 0
  cgroup_remove "$name"
  host_prepare "$name"
  : >"$dir/console.log"
  setsid "$LAB_HOME/lib/alone" "$LAB_HOME/lab" supervise "$name" </dev/null >>"$dir/console.log" 2>&1 &
  remember_process $! "$dir/supervisor" || true # gone already: host_await says so
}

host_listens() {
  local leader
  host_stopped "$1" && return 0
  leader=$(host_leader "$1") && [ -S "/proc/$leader/root/run/dbus/system_bus_socket" ]
}

# The manager's word, once booting is over; empty while it cannot be asked.
host_booted() {
  local leader
  host_stopped "$1" && return 0
  leader=$(host_leader "$1") || return 1
  case "$(host_exec "$leader" dumb timeout 60 systemctl is-system-running --wait 2>/dev/null)" in
    running | degraded) return 0 ;;
    *) return 1 ;;
  esac
}

host_await() { # NAME
  if ! { until_true 60 host_listens "$1" && until_true 60 host_booted "$1"; } || host_stopped "$1"; then
    tail -n 15 "$HOSTS/$1/console.log" >&2
    die "cannot boot $1: it did not come up within 60 s (the end of its console is above)" "see $HOSTS/$1/console.log"
  fi
}

# ---- end ----

# A clean stop of k3s leaves its pods running, and systemd would wait 90 s for them: end them first.
# Only processes of this host's own cgroups are touched.
pods_end() { # NAME
  local name=$1 pid leader
  local -a pods
  mapfile -t pods < <(pod_processes "$name")
  [ ${#pods[@]} -gt 0 ] || return 0
  leader=$(host_leader "$name") || return 0
  host_exec "$leader" dumb timeout 20 systemctl stop k3s.service k3s-agent.service 2>/dev/null || true
  while read -r pid; do kill -9 "$pid" 2>/dev/null || true; done < <(pod_processes "$name")
}

pod_processes() { # NAME
  local pid
  while read -r pid; do
    if grep -qs kubepods "/proc/$pid/cgroup"; then
      echo "$pid"
    else
      case "$(cat "/proc/$pid/comm" 2>/dev/null)" in containerd-shim*) echo "$pid" ;; esac
    fi
  done < <(cgroup_processes "$1")
}

host_poweroff() { # NAME
  local leader
  host_stopped "$1" && { host_sweep "$1"; return 0; }
  cgroup_freeze "$1" THAWED
  pods_end "$1"
  if leader=$(host_leader "$1"); then
    kill -s RTMIN+4 "$leader" 2>/dev/null || true # systemd: power off
    until_true 30 host_stopped "$1" && return 0
    say "lab: $1 is still up 30 s after its power-off; taking its power"
  fi
  host_kill "$1"
}

host_kill() { # NAME: power loss
  local pid
  host_stopped "$1" && { host_sweep "$1"; return 0; }
  ! pid=$(host_leader "$1") || kill -9 "$pid" 2>/dev/null || true
  cgroup_freeze "$1" THAWED
  until_true 5 host_stopped "$1" && return 0
  ! pid=$(living_process "$HOSTS/$1/nspawn") || kill -9 "$pid" 2>/dev/null || true
  until_true 10 host_stopped "$1" || die "cannot stop $1: its supervisor (pid $(cut -d' ' -f1 "$HOSTS/$1/supervisor")) does not end"
}

# After a crash of the supervisor or of the machine: what it would have taken away.
host_sweep() { # NAME
  local pid
  ! pid=$(living_process "$HOSTS/$1/nspawn") || kill -9 "$pid" 2>/dev/null || true
  cgroup_remove "$1"
  net_detach "$1"
  host_unexport "$1"
  rm -f "$HOSTS/$1/nspawn" "$HOSTS/$1/supervisor"
}

host_wipe() { # NAME: the disk, not the address
  local dir=$HOSTS/$1
  host_unmount "$1"
  rm -rf --one-file-system "$dir"/{upper,work,rancher,kubelet,etcd,root,base,machine-id,clone,credentials}
}

# host_clone FROM TO: TO, which is off and has no disk yet, gets what FROM's disk holds now, its machine-id included.
host_clone() {
  local from=$HOSTS/$1 dir=$HOSTS/$2 part
  host_mount "$1"
  for part in upper rancher kubelet etcd; do cp -a "$from/$part" "$dir/$part"; done
  cp "$from/base" "$dir/base"
  : >"$dir/clone"
}

# host_credential NAME ID: what stands in stdin is a credential of the machine from its next boot on.
host_credential() {
  [[ $2 =~ ^[a-z][a-z.-]*$ ]] || usage_error "cannot name a credential '$2'"
  mkdir -p "$HOSTS/$1/credentials"
  (umask 077 && cat >"$HOSTS/$1/credentials/$2")
}

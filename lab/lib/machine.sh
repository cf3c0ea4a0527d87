# shellcheck shell=bash
# What hosts change on the whole machine: sysctls that are not namespaced, and cgroups.

# ---- sysctls: saved by the first run, restored by the last ----

MACHINE_DIR=/run/davit-lab
MACHINE_LOCK=/run/lock/davit-lab

# What a kubelet and systemd-sysctl in a host write, and what many hosts need. None is namespaced.
MACHINE_SYSCTLS=(
  vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops
  kernel.keys.root_maxkeys kernel.keys.root_maxbytes kernel.pid_max
  kernel.core_pattern kernel.sysrq kernel.printk kernel.kptr_restrict kernel.dmesg_restrict
  fs.protected_hardlinks fs.protected_symlinks fs.protected_fifos fs.protected_regular
  fs.inotify.max_user_instances fs.inotify.max_user_watches net.netfilter.nf_conntrack_max
)

machine_raise() { # KEY VALUE: never lowers
  local now
  now=$(sysctl -n "$1" 2>/dev/null) || return 0
  ((now >= $2)) || sysctl -qw "$1=$2" || say "lab: cannot raise sysctl $1 from $now to $2; going on"
}

machine_register_locked() {
  local key value saved
  mkdir -p "$MACHINE_DIR"
  saved=$MACHINE_DIR/sysctls.$(boot_id)
  if [ ! -e "$saved" ]; then
    rm -f "$MACHINE_DIR"/sysctls.* "$MACHINE_DIR"/run.*
    for key in "${MACHINE_SYSCTLS[@]}"; do
      value=$(sysctl -n "$key" 2>/dev/null) && printf '%s=%s\n' "$key" "$value"
    done >"$saved.new" || true
    mv "$saved.new" "$saved"
  fi
  : >"$MACHINE_DIR/run.$TAG"
  machine_raise fs.inotify.max_user_instances 8192
  machine_raise fs.inotify.max_user_watches 1048576
  machine_raise net.netfilter.nf_conntrack_max 262144
}
machine_register() { locked "$MACHINE_LOCK" machine_register_locked; }

machine_unregister_locked() {
  local saved entry line key value
  saved=$MACHINE_DIR/sysctls.$(boot_id)
  rm -f "$MACHINE_DIR/run.$TAG"
  for entry in "$MACHINE_DIR"/run.*; do
    [ -e "/run/netns/${entry##*/run.}" ] && return 0 # another run still uses them
  done
  if [ -e "$saved" ]; then
    while IFS= read -r line; do
      key=${line%%=*} value=${line#*=}
      [ "$(sysctl -n "$key" 2>/dev/null)" = "$value" ] || sysctl -qw "$key=$value" ||
        say "lab: cannot restore sysctl $key to $value"
    done <"$saved"
  fi
  rm -rf "$MACHINE_DIR"
}
machine_unregister() { locked "$MACHINE_LOCK" machine_unregister_locked; }

# ---- cgroups: one per host in every hierarchy, so that a host is frozen and counted as one ----

cgroup_unified() { [ -e /sys/fs/cgroup/cgroup.controllers ]; }
machine_has_systemd() { [ -d /run/systemd/system ]; }

cgroup_hierarchies() {
  local root
  if cgroup_unified; then
    echo /sys/fs/cgroup
  else
    for root in /sys/fs/cgroup/*; do
      [ ! -L "$root" ] && [ -e "$root/cgroup.procs" ] && echo "$root"
    done
  fi
  return 0
}

# The host's folders, one a line. Under systemd with cgroup v2 the host is a scope that systemd owns.
cgroup_folders() { # NAME
  local root
  if cgroup_unified && machine_has_systemd; then
    echo "/sys/fs/cgroup/system.slice/$TAG-$1.scope"
  else
    while read -r root; do echo "$root/$TAG-$1"; done < <(cgroup_hierarchies)
  fi
}

# Moves the calling process into the host's cgroups.
cgroup_join() { # NAME
  local folder root
  cgroup_unified && machine_has_systemd && return 0 # systemd-run does it
  if cgroup_unified; then
    sed 's/\([a-z_]*\)/+\1/g' /sys/fs/cgroup/cgroup.controllers >/sys/fs/cgroup/cgroup.subtree_control || true
  fi
  while read -r folder; do
    root=${folder%/*}
    mkdir -p "$folder"
    if [ -e "$folder/cpuset.cpus" ] && ! cgroup_unified; then
      cat "$root/cpuset.cpus" >"$folder/cpuset.cpus"
      cat "$root/cpuset.mems" >"$folder/cpuset.mems"
    fi
    echo "$BASHPID" >"$folder/cgroup.procs"
  done < <(cgroup_folders "$1")
}

cgroup_processes() { # NAME: all pids of the host, its pods included
  local folder
  while read -r folder; do
    [ ! -d "$folder" ] || find "$folder" -name cgroup.procs -exec cat {} + 2>/dev/null || true
  done < <(cgroup_folders "$1") | sort -un
}

cgroup_freeze() { # NAME FROZEN|THAWED
  local folder
  while read -r folder; do
    if [ -e "$folder/freezer.state" ]; then
      echo "$2" >"$folder/freezer.state"
    elif [ -e "$folder/cgroup.freeze" ] && cgroup_unified; then
      if [ "$2" = FROZEN ]; then echo 1; else echo 0; fi >"$folder/cgroup.freeze"
    fi
  done < <(cgroup_folders "$1")
}

cgroup_is_frozen() { # NAME
  local folder
  while read -r folder; do
    [ -e "$folder/freezer.state" ] && [ "$(<"$folder/freezer.state")" = FROZEN ] && return 0
    cgroup_unified && grep -qs '^frozen 1' "$folder/cgroup.events" && return 0
  done < <(cgroup_folders "$1")
  return 1
}

cgroup_empty() { [ -z "$(cgroup_processes "$1")" ]; }

# Ends what is left in the host's cgroups and removes them.
cgroup_remove() { # NAME
  local folder pid
  cgroup_freeze "$1" THAWED 2>/dev/null || true
  while read -r pid; do kill -9 "$pid" 2>/dev/null || true; done < <(cgroup_processes "$1")
  until_true 10 cgroup_empty "$1" || say "lab: processes of $1 do not end: $(cgroup_processes "$1" | tr '\n' ' ')"
  while read -r folder; do
    [ ! -d "$folder" ] || find "$folder" -depth -type d -exec rmdir {} \; 2>/dev/null || true
  done < <(cgroup_folders "$1")
}

# shellcheck shell=bash
# The root file system that every host starts from: a plain Debian VM with nothing of a cluster on it.

# The suite of the hosts: what DAVIT_LAB_SUITE says, the machine's own if it is a Debian that the lab knows, else Debian 12.
machine_suite() { (. /etc/os-release && [ "${ID-}" = debian ] && echo "${VERSION_CODENAME-}") || true; }

base_suite() {
  case "${DAVIT_LAB_SUITE:-$(machine_suite)}" in
    trixie) echo trixie ;;
    *) echo bookworm ;;
  esac
}

# What a cloud image of Debian has, and the network tools that Kubernetes expects. No etcd, haproxy,
# keepalived: the agent installs them. No Java: the agent brings its own.
BASE_PACKAGES=(
  systemd systemd-sysv dbus libpam-systemd udev init-system-helpers apt ca-certificates sudo
  openssh-server openssh-client curl wget less vim-tiny jq python3 openssl netbase hostname
  iproute2 iputils-ping netcat-openbsd socat ethtool iptables nftables ipset conntrack kmod
  procps psmisc mount util-linux e2fsprogs gzip tar zstd xz-utils bash-completion
)

# Units that make no sense in a namespace, or that would start work of their own during a test.
BASE_MASKED_UNITS=(
  systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket
  systemd-udev-trigger.service systemd-networkd.service
  systemd-resolved.service systemd-modules-load.service console-getty.service getty@tty1.service
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer
  e2scrub_reap.service fstrim.timer
)

# What roles install by apt on a host, and what images of clouds have: the run's mirror serves them, with all that the base lacks
# for them.
REPOSITORY_PACKAGES=(haproxy keepalived cloud-init)

# Hosts know no other source than the mirror, and have read its index already.
base_sources() { # ROOT REPOSITORY
  local file lists=$1/var/lib/apt/lists
  rm -f "$1"/etc/apt/sources.list.d/*
  echo "deb [trusted=yes] http://$GATEWAY:$MIRROR_PORT debian/" >"$1/etc/apt/sources.list"
  for file in Packages Release; do cp "$2/$file" "$lists/$GATEWAY:${MIRROR_PORT}_debian_$file"; done
}

base_finish() { # ROOT: everything that is written into the base after the packages
  local root=$1 unit units=$1/etc/systemd/system
  for unit in "${BASE_MASKED_UNITS[@]}"; do ln -sf /dev/null "$units/$unit"; done
  : >"$root/etc/machine-id"
  rm -f "$root/var/lib/dbus/machine-id"
  mkdir -p "$units/sysinit.target.wants" "$root/var/log/journal"
  # systemd-nspawn mounts the cgroup v1 controllers read-only; a kubelet writes to them.
  cat >"$units/lab-cgroups.service" <<'UNIT'
[Unit]
Description=Make the cgroup v1 controllers writable
DefaultDependencies=no
Before=sysinit.target
ConditionPathExists=!/sys/fs/cgroup/cgroup.controllers

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'for c in /sys/fs/cgroup/*/; do mount -o remount,bind,rw,nosuid,nodev,noexec "$c" || true; done'

[Install]
WantedBy=sysinit.target
UNIT
  ln -sf ../lab-cgroups.service "$units/sysinit.target.wants/lab-cgroups.service"
}

base_recipe() {
  base_suite
  echo "$ARCH"
  printf '%s\n' "${BASE_PACKAGES[@]}" "${BASE_MASKED_UNITS[@]}" "${REPOSITORY_PACKAGES[@]}" "$GATEWAY:$MIRROR_PORT"
  declare -f base_finish base_sources debian_repository
}

base_dir() { echo "$STATE/base/$(base_recipe | sha256sum | cut -d' ' -f1)"; }
base_root() { echo "$(base_dir)/root"; }
base_repository() { echo "$(base_dir)/debian"; }

base_build() {
  local dir new sources suite
  dir=$(base_dir)
  [ -e "$dir" ] && return 0
  suite=$(base_suite)
  new=$STATE/base/new.$$
  sources=$STATE/base/sources.$$
  say "lab: building the base root ($suite, $ARCH), once"
  rm -rf --one-file-system "$STATE"/base/new.* # of builders that died: we hold the lock
  mkdir -p "$new"
  debian_sources "$suite" >"$sources"
  local include
  include=$(IFS=,; echo "${BASE_PACKAGES[*]}")
  if ! mmdebstrap --quiet --mode=root --variant=minbase --architectures="$ARCH" \
    --include="$include" "$suite" "$new/root" "$sources" >"$STATE/base/build.log" 2>&1; then
    rm -rf --one-file-system "$new" "$sources"
    tail -n 15 "$STATE/base/build.log" >&2
    die "cannot build the base root: mmdebstrap failed (its last lines are above)" "see $STATE/base/build.log"
  fi
  rm -f "$sources"
  debian_repository "$suite" "$new/debian" "$new/root" "${REPOSITORY_PACKAGES[@]}"
  base_sources "$new/root" "$new/debian"
  base_finish "$new/root"
  base_recipe >"$new/recipe"
  mv "$new" "$dir"
  base_prune
}

# Removes bases that no host stands on and that nobody has started a host from for two weeks.
base_prune() {
  local old
  while read -r old; do
    grep -qsxF "$old/root" "$STATE"/runs/*/hosts/*/base || rm -rf --one-file-system "$old"
  done < <(find "$STATE/base" -mindepth 1 -maxdepth 1 -type d -mtime +14)
}

# Builds the base unless it is there; two commands at once build it once.
base_ready() {
  local dir
  dir=$(base_dir)
  [ -e "$dir" ] || locked "$STATE/base/lock" base_build
  touch "$dir" # for base_prune
}

# shellcheck shell=bash
# What a real k3s needs here and cannot have from outside its own folders.

# Without CAP_SYS_RESOURCE a process cannot lower oom_score_adj, so no pod sandbox starts unless
# containerd is told not to try. That setting has one place, containerd's template below
# /var/lib/rancher, which must stay empty until the agent has put k3s there. So this is a command of
# its own, for after k3s' first start: it takes the file that k3s generated as the template, adds the
# setting, and restarts k3s.
k3s_fixes() { # NAME
  local leader
  leader=$(need_leader "$1")
  if (((0x$(awk '/^CapEff/ {print $2}' "/proc/$leader/status") >> 24) & 1)); then
    say "lab: $1 has CAP_SYS_RESOURCE, nothing to do"
    return 0
  fi
  until_true 60 test -s "/proc/$leader/root/var/lib/rancher/k3s/agent/etc/containerd/config.toml" ||
    die "cannot apply the fixes on $1: k3s has not written agent/etc/containerd/config.toml below /var/lib/rancher/k3s" \
      "start k3s on $1 first; the stand-in needs no fixes"
  # shellcheck disable=SC2016 # expanded inside the host
  host_exec "$leader" dumb bash -c '
    set -euo pipefail
    cd /var/lib/rancher/k3s/agent/etc/containerd
    template=config.toml.tmpl
    ! grep -Eq "^version *= *3" config.toml || template=config-v3.toml.tmpl
    if grep -qs restrict_oom_score_adj "$template"; then exit 0; fi
    sed -E "0,/^[[:space:]]*\[plugins\.(cri|[\"\x27]io\.containerd\.(grpc\.v1\.cri|cri\.v1\.runtime)[\"\x27])\]/s//&\n  restrict_oom_score_adj = true/" \
      config.toml >"$template.new"
    grep -q restrict_oom_score_adj "$template.new" || { echo "lab: config.toml has no section of the CRI plugin" >&2; exit 1; }
    mv "$template.new" "$template"
    for unit in k3s k3s-agent; do
      if systemctl is-active -q "$unit"; then systemctl restart --no-block "$unit"; fi
    done
  ' || die "cannot apply the fixes on $1"
}

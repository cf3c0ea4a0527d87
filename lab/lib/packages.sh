# shellcheck shell=bash
# The Debian packages that the lab needs on the machine, and the check that they are there.

# program:package, for every program beyond coreutils and dpkg that the lab and tests on it call
LAB_PROGRAMS=(
  systemd-nspawn:systemd-container mmdebstrap:mmdebstrap ip:iproute2 nft:nftables iptables:iptables
  openssl:openssl socat:socat python3:python3 xz:xz-utils zstd:zstd curl:curl jq:jq
  nsenter:util-linux sysctl:procps tar:tar
)

lab_packages() {
  local entry
  for entry in "${LAB_PROGRAMS[@]}"; do echo "${entry#*:}"; done
  echo ca-certificates
  echo debian-archive-keyring
}

need_programs() {
  local entry missing=()
  for entry in "${LAB_PROGRAMS[@]}"; do
    command -v "${entry%%:*}" >/dev/null || missing+=("${entry#*:}")
  done
  [ ${#missing[@]} -eq 0 ] || die "cannot run the lab: programs of these packages are missing: ${missing[*]}" \
    "apt-get install ${missing[*]}"
}

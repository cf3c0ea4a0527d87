# shellcheck shell=bash
# Real binaries for the lab, from Debian packages, kept below the state folder: etcd in the versions
# of two suites, packed as its own releases are, and kubectl. And k3s, real or stand-in.

ETCD_SUITES=(bookworm trixie)

etcd_folder() { echo "$STATE/artifacts/$1-etcd-$ARCH"; }

# The upstream part of a Debian version: 3.5.16-4 → 3.5.16
upstream_version() { dpkg-deb -f "$1" Version | sed 's/^[0-9]*://; s/[-+~].*//'; }

etcd_pack() { # SUITE: etcd-vX-linux-ARCH.tar.gz, the unpacked folder beside it, and version
  local suite=$1 folder new deb version name
  folder=$(etcd_folder "$suite")
  [ -e "$folder" ] && return 0
  new=$folder.new.$$
  rm -rf "$folder".new.*
  debian_fetch "$suite" "$new/debs" etcd-server etcd-client
  mkdir "$new/files"
  for deb in "$new"/debs/*.deb; do dpkg-deb -x "$deb" "$new/files"; done
  version=$(upstream_version "$(echo "$new"/debs/etcd-server_*.deb)")
  name=etcd-v$version-linux-$ARCH
  mkdir "$new/$name"
  mv "$new"/files/usr/bin/etcd* "$new/$name/" # etcd, etcdctl and, from 3.5, etcdutl
  printf 'etcd %s, repacked from the Debian packages of %s\n' "$version" "$suite" >"$new/$name/README.md"
  chmod 755 "$new/$name"/etcd*
  tar -C "$new" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf - "$name" | gzip -6n >"$new/$name.tar.gz"
  rm -rf "$new/debs" "$new/files"
  echo "$version" >"$new/version"
  mv "$new" "$folder"
}

kubectl_unpack() {
  local new=$STATE/artifacts/kubectl.new.$$ suite package=kubectl
  [ -e "$STATE/artifacts/kubectl" ] && return 0
  suite=$(machine_suite) # it runs on the machine, not in a host
  rm -rf "$STATE"/artifacts/kubectl.new.*
  suite=${suite:-bookworm}
  [ "$suite" != bookworm ] || package=kubernetes-client # only depends on kubectl later on
  debian_fetch "$suite" "$new/debs" "$package"
  dpkg-deb -x "$new/debs/$package"_*.deb "$new/files"
  mv "$new/files/usr/bin/kubectl" "$new/kubectl"
  rm -rf "$new/debs" "$new/files"
  mv "$new" "$STATE/artifacts/kubectl"
}

etcd_ready() {
  local suite
  for suite in "${ETCD_SUITES[@]}"; do
    [ -e "$(etcd_folder "$suite")" ] || locked "$STATE/artifacts/lock" etcd_pack "$suite"
  done
}

kubectl_ready() { [ -e "$STATE/artifacts/kubectl" ] || locked "$STATE/artifacts/lock" kubectl_unpack; }

# Runs the real kubectl or etcdctl (of the newer etcd) in the run's network.
tool_run() { # kubectl|etcdctl ARGUMENT...
  local tool=$1 file
  shift
  need_programs
  if [ "$tool" = kubectl ]; then
    kubectl_ready
    file=$STATE/artifacts/kubectl/kubectl
  else
    etcd_ready
    file=$(echo "$(etcd_folder "${ETCD_SUITES[-1]}")"/etcd-v*/etcdctl)
  fi
  run_in_net "$file" "$@"
}

# ---- k3s ----

k3s_binary() {
  local file=${DAVIT_K3S:-$LAB_HOME/k3s/k3s}
  [ -f "$file" ] || die "cannot find k3s: $file does not exist" "set DAVIT_K3S to the path of a k3s binary, or unset it for the stand-in"
  [ -x "$file" ] || die "cannot run k3s: $file is not executable" "chmod +x $file"
  echo "$file"
}

# First line of `k3s --version`. It gets its own home, so that a real one unpacks nothing into the machine.
k3s_version_line() {
  local file home line
  file=$(k3s_binary)
  home=$(mktemp -d)
  line=$(env -i PATH="$PATH" HOME="$home" K3S_DATA_DIR="$home" timeout 60 "$file" --version 2>/dev/null | head -n 1) || true
  rm -rf "$home"
  [[ $line =~ ^k3s\ version\ v[0-9]+\.[0-9]+\.[0-9]+(-(alpha|beta|rc)[0-9]+)?\+k3s[0-9]+ ]] ||
    die "cannot read the version of $file: the first line of '$file --version' is '$line'" "it must begin like: k3s version v1.34.1+k3s1"
  echo "$line"
}

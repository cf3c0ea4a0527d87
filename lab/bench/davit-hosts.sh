# shellcheck shell=bash
# Hosts on which Davit is about to build the benchmark's cluster: a controller, registered agents, and the artifacts in place.

RELEASES=''

davit_hosts() {
  fresh_hosts
  RELEASES=$("$LAB" mirror root)
  each lay_artifacts "${ETCD[@]}" "${SERVERS[@]}" "${WORKERS[@]}"
  "$BENCH/../stage" controller >/dev/null 2>&1
  "$BENCH/../stage" agents "${ETCD[@]}" "${SERVERS[@]}" "${WORKERS[@]}" x1
  "$BENCH/../stage" registered 9
  on ctl davit artifacts fetch --k3s "$("$LAB" mirror versions | jq -r .k3s)" --etcd "$("$LAB" mirror versions | jq -r '.etcd[-1]')" >/dev/null
  "$BENCH/../stage" spec "$BENCH/../../examples/ha.yaml" | on ctl sh -c 'cat >/root/ha.yaml'
  on ctl davit plan -f /root/ha.yaml >"$1" || [ $? = 2 ] || die "cannot plan: $(tail -n 5 "$1")" # 2: there is something to do
  ! grep -E 'EnsureArtifact|EnsurePackage' "$1" >&2 ||
    die "the plan places artifacts or packages that should lie on the hosts already" "compare lay_artifacts with the agent's ledger, stage_host with its packages"
}

# The agent's state as it is right after its steps EnsureArtifact: the content below /opt/davit/artifacts under its SHA-256,
# the links and copies, and a ledger that knows them, with the directories that had to be made first. Nothing else of a role.
lay_artifacts() { # NAME
  local tree version
  tree=$(mktemp -d)
  mkdir -p "$tree/opt/davit/artifacts" "$tree/usr/local/bin" "$tree/var/lib/davit"
  install -d -m 700 "$tree/var/lib/davit/agent"
  case "$1" in
    e*) lay_etcd "$tree" ;;
    s*) lay_k3s "$tree" control-plane ;;
    *) lay_k3s "$tree" worker ;;
  esac
  chmod 600 "$tree/var/lib/davit/agent/ledger"
  tar -C "$tree" --owner=0 --group=0 -c . | on "$1" tar -x -C / --no-overwrite-dir
  rm -rf "$tree"
}

sha() { sha256sum "$1" | cut -d' ' -f1; }

# One artifact for the ledger: what is in its folder, with digests.
entry() { # NAME VERSION SHA256 FILE FOLDER
  local file
  for file in "$5"/*; do jq -n --arg n "${file##*/}" --arg s "$(sha "$file")" '{($n): $s}'; done |
    jq -s --arg name "$1" --arg version "$2" --arg sha "$3" --arg file "$4" \
      '{($name): {version: $version, sha256: $sha, fileName: $file, files: add, previous: ""}}'
}

ledger() { # TREE ROLE PATH...: artifacts' entries on stdin
  local tree=$1
  jq -s --arg role "$2" '{paths: ($ARGS.positional | map({(.): [$role]}) | add), users: {}, units: {}, artifacts: add}' \
    --args "${@:3}" >"$tree/var/lib/davit/agent/ledger"
}

lay_etcd() { # TREE
  local version archive folder name
  version=$("$LAB" mirror versions | jq -r '.etcd[-1]')
  archive=$(echo "$RELEASES/etcd-io/etcd/v$version"/*.tar.gz)
  folder=/opt/davit/artifacts/$(sha "$archive")
  mkdir "$1$folder"
  tar -xz -C "$1$folder" --strip-components=1 --no-same-owner --wildcards '*/etcd' '*/etcdctl' '*/etcdutl' <"$archive" 2>/dev/null || true
  chmod 755 "$1$folder"/*
  for name in "$1$folder"/*; do ln -s "$folder/${name##*/}" "$1/usr/local/bin/"; done
  entry etcd "$version" "${folder##*/}" "${archive##*/}" "$1$folder" |
    ledger "$1" etcd /usr/local/bin/etcd /usr/local/bin/etcdctl /usr/local/bin/etcdutl
}

lay_k3s() { # TREE ROLE
  local version file folder name images=/var/lib/rancher/k3s/agent/images paths=()
  version=$("$LAB" mirror versions | jq -r .k3s)
  {
    file=$RELEASES/k3s-io/k3s/$version/k3s
    folder=/opt/davit/artifacts/$(sha "$file")
    install -D -m 755 "$file" "$1$folder/k3s"
    for name in k3s kubectl crictl ctr; do ln -s "$folder/k3s" "$1/usr/local/bin/$name"; done
    entry k3s "$version" "${folder##*/}" k3s "$1$folder"
    for file in "$RELEASES/k3s-io/k3s/$version"/k3s-airgap-images-*; do
      [ -e "$file" ] || continue
      folder=/opt/davit/artifacts/$(sha "$file")
      install -D -m 644 "$file" "$1$folder/${file##*/}"
      install -D -m 644 "$file" "$1$images/${file##*/}"
      entry k3s-images "$version" "${folder##*/}" "${file##*/}" "$1$folder"
    done
  } >"$1/entries"
  for file in "$1$images"/*; do [ ! -e "$file" ] || paths+=("$images/${file##*/}"); done
  ledger "$1" "$2" /usr/local/bin/{k3s,kubectl,crictl,ctr} /var/lib/rancher /var/lib/rancher/k3s "${paths[@]}" <"$1/entries"
  rm "$1/entries"
}

# CPU-seconds of Davit's own processes so far: "controller agents programs", the last what agents have run
davit_cpu() {
  local name
  for name in ctl "${ETCD[@]}" "${SERVERS[@]}" "${WORKERS[@]}" x1; do
    # shellcheck disable=SC2016 # the host's shell expands it
    on "$name" sh -c 'for unit in davit davit-agent; do
      pid=$(systemctl show -p MainPID --value $unit) && [ "$pid" != 0 ] || continue
      echo $unit $(sed "s/.*) //" /proc/$pid/stat | cut -d" " -f12-15)
    done'
  done | awk '{own[$1] += ($2 + $3) / 100; ran[$1] += ($4 + $5) / 100} END {printf "%.2f %.2f %.2f\n", own["davit"] + ran["davit"], own["davit-agent"], ran["davit-agent"]}'
}

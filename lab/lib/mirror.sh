# shellcheck shell=bash
# The release mirror of a run: what it publishes, its process, and faults.

MIRROR_DIR=$RUN_DIR/mirror

mirror_command() {
  local action=${1-}
  [ $# -eq 0 ] || shift
  case "$action" in
    up) mirror_up ;;
    down) locked "$RUN_DIR/lock" mirror_stop ;;
    url) echo "http://$GATEWAY:$MIRROR_PORT" ;;
    root) echo "$MIRROR_DIR/releases" ;;
    log) [ ! -e "$MIRROR_DIR/requests.log" ] || cat "$MIRROR_DIR/requests.log" ;;
    versions) mirror_versions ;;
    fault) mirror_fault "$@" ;;
    channel) mirror_channel "$@" ;;
    releases) mirror_releases "$@" ;;
    *) usage_error "unknown mirror command '$action': it is up, down, url, root, log, versions, fault, channel or releases" ;;
  esac
}

# ---- what is published ----

publish_etcd() {
  local suite folder version tag
  etcd_ready
  for suite in "${ETCD_SUITES[@]}"; do
    folder=$(etcd_folder "$suite")
    version=$(<"$folder/version")
    tag=$MIRROR_DIR/releases/etcd-io/etcd/v$version
    [ -e "$tag/SHA256SUMS" ] && continue
    mkdir -p "$tag"
    cp --reflink=auto "$folder"/*.tar.gz "$tag/"
    (cd "$tag" && sha256sum -- *.tar.gz >SHA256SUMS)
  done
}

publish_k3s() {
  local line version tag file name
  file=$(k3s_binary)
  line=$(k3s_version_line)
  version=$(cut -d' ' -f3 <<<"$line")
  tag=$MIRROR_DIR/releases/k3s-io/k3s/$version
  name=k3s
  [ "$ARCH" = amd64 ] || name=k3s-$ARCH
  rm -rf "$tag.new"
  mkdir -p "$tag.new"
  cp --reflink=auto "$file" "$tag.new/$name"
  chmod 755 "$tag.new/$name"
  publish_images "$line" "$tag.new/k3s-airgap-images-$ARCH.tar"
  (cd "$tag.new" && sha256sum -- * >"../sums.$$" && mv "../sums.$$" "sha256sum-$ARCH.txt")
  rm -rf "$tag"
  mv "$tag.new" "$tag"
}

# Named by what the archive is. The stand-in has no images: its archive lists none.
publish_images() { # VERSION-LINE TARGET
  local source=${DAVIT_K3S_IMAGES-} target=$2 folder
  if [ -n "$source" ]; then
    [ -f "$source" ] || die "cannot publish the k3s images: $source (DAVIT_K3S_IMAGES) does not exist"
    case "$(od -An -tx1 -N4 "$source" | tr -d ' ')" in
      28b52ffd) target+=.zst ;;
      1f8b*) target+=.gz ;;
    esac
    cp --reflink=auto "$source" "$target"
  elif [[ $1 == *stand-in* ]]; then
    folder=$(mktemp -d)
    echo '[]' >"$folder/manifest.json"
    tar -C "$folder" --owner=0 --group=0 --mtime=@0 -cf - manifest.json | zstd -q -o "$target.zst"
    rm -rf "$folder"
  fi
}

mirror_versions() {
  local line suite
  need_programs
  line=$(k3s_version_line)
  etcd_ready
  for suite in "${ETCD_SUITES[@]}"; do cat "$(etcd_folder "$suite")/version"; done | sort -V |
    jq -Rnc --arg line "$line" \
      '{k3s: ($line | split(" ")[2]), etcd: [inputs], k3sStandIn: ($line | contains("stand-in"))}'
}

# ---- its process ----

mirror_up() {
  need_programs
  locked "$RUN_DIR/lock" mirror_up_locked
  mirror_command url
}

mirror_up_locked() {
  base_ready
  publish_etcd
  publish_k3s
  living_process "$MIRROR_DIR/process" >/dev/null && return 0
  machine_register
  net_up
  setsid nsenter --net="/run/netns/$TAG" -- "$LAB_HOME/lib/alone" python3 "$LAB_HOME/mirror" --address "$GATEWAY" \
    --port "$MIRROR_PORT" --releases "$MIRROR_DIR/releases" --debian "$(base_repository)" --log "$MIRROR_DIR/requests.log" \
    --faults "$MIRROR_DIR/faults" --news "$MIRROR_DIR/news" </dev/null >"$MIRROR_DIR/console.log" 2>&1 &
  remember_process $! "$MIRROR_DIR/process" || true # gone already: told below
  if ! until_true 15 mirror_answers_or_ended || process_ended "$MIRROR_DIR/process"; then
    cat "$MIRROR_DIR/console.log" >&2
    die "cannot start the mirror: it does not answer on $GATEWAY:$MIRROR_PORT"
  fi
}

mirror_answers_or_ended() {
  process_ended "$MIRROR_DIR/process" ||
    nsenter --net="/run/netns/$TAG" -- bash -c ": <>/dev/tcp/$GATEWAY/$MIRROR_PORT" 2>/dev/null
}

mirror_stop() {
  local pid
  if pid=$(living_process "$MIRROR_DIR/process"); then
    kill "$pid" 2>/dev/null || true
    until_true 10 process_ended "$MIRROR_DIR/process" || kill -9 "$pid" 2>/dev/null || true
  fi
  rm -f "$MIRROR_DIR/process" "$MIRROR_DIR/faults" "$MIRROR_DIR/news"
}

# ---- faults ----

mirror_fault() { # PATH FAULT
  [ $# -eq 2 ] || usage_error "cannot set a fault: it takes PATH and FAULT"
  local path=${1//%2[Bb]/+} fault=$2
  [[ $fault =~ ^(404|none|(slow|truncate|corrupt)=[0-9]+)$ ]] ||
    usage_error "cannot set fault '$fault': it is slow=BYTES_PER_SECOND, truncate=BYTES, corrupt=OFFSET, 404 or none"
  mirror_has "$path" || die "cannot set a fault on $path: the mirror has no such download" \
    "it has: $(cd "$MIRROR_DIR/releases" 2>/dev/null && find . -type f | sed -E 's|^\.(/[^/]+/[^/]+)/|\1/releases/download/|' | tr '\n' ' ')"
  locked "$RUN_DIR/lock" mirror_fault_locked "$path" "$fault"
}

mirror_has() { # PATH
  case "$1" in
    /v1-release/channels | /v1-release/channels/* | /repos/k3s-io/k3s/releases | /repos/etcd-io/etcd/releases) ;;
    /debian/*) [ -f "$(base_repository)/${1#/debian/}" ] ;;
    *) [ -f "$MIRROR_DIR/releases/${1/\/releases\/download\///}" ] ;;
  esac
}

mirror_fault_locked() {
  if [ "$2" = none ]; then mirror_line faults "$1"; else mirror_line faults "$1" "$2"; fi
}

# In a file of the mirror, the one line that begins with KEY and a tab becomes "KEY<tab>VALUE", or goes.
mirror_line() { # FILE KEY [VALUE]
  local file=$MIRROR_DIR/$1
  mkdir -p "$MIRROR_DIR"
  {
    [ ! -e "$file" ] || KEY=$2$'\t' awk 'index($0, ENVIRON["KEY"]) != 1' "$file"
    [ $# -lt 3 ] || printf '%s\t%s\n' "$2" "$3"
  } >"$file.new"
  mv "$file.new" "$file"
}

# ---- news: what channels and the list of releases say ----

need_k3s_versions() { # VERSION...
  local version
  for version; do
    [[ $version =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-(alpha|beta|rc)[0-9]+)?\+k3s[0-9]+$ ]] ||
      usage_error "cannot publish the version '$version': it must look like v1.34.1+k3s1"
  done
}

mirror_channel() { # ID VERSION|none|published
  [ $# -eq 2 ] || usage_error "cannot set a channel: it takes ID and VERSION (or none, or published)"
  [[ $1 =~ ^[a-z][a-z0-9.]{0,30}$ ]] || usage_error "cannot set channel '$1': a channel is named like stable or v1.34"
  case "$2" in
    published) locked "$RUN_DIR/lock" mirror_line news "channel"$'\t'"$1" ;;
    none) locked "$RUN_DIR/lock" mirror_line news "channel"$'\t'"$1" none ;;
    *)
      need_k3s_versions "$2"
      locked "$RUN_DIR/lock" mirror_line news "channel"$'\t'"$1" "$2"
      ;;
  esac
}

mirror_releases() { # VERSION...|none|published
  case "$*" in
    '') usage_error "cannot set the releases: it takes VERSIONs, newest first (or none, or published)" ;;
    published) locked "$RUN_DIR/lock" mirror_line news releases ;;
    none) locked "$RUN_DIR/lock" mirror_line news releases '' ;;
    *)
      need_k3s_versions "$@"
      locked "$RUN_DIR/lock" mirror_line news releases "$*"
      ;;
  esac
}

# shellcheck shell=bash
# The network of a run: one namespace with a bridge (198.18.0.1), one namespace for each host.

net_exists() { [ -e "/run/netns/$1" ]; }
port_of() { echo "p-$1"; } # the host's end on the bridge; the name lives only in the run's namespace

net_up() {
  net_exists "$TAG" && return 0
  # The bridge answers "no route" to everything else at once, so that nothing waits for a time-out. Its address is
  # its own: else it has the lowest of its ports', and when that host goes the others have no gateway for 10 to 20 s.
  ip netns add "$TAG"
  ip -n "$TAG" -batch - <<BATCH
link set lo up
link add br0 address $GATEWAY_MAC type bridge stp_state 0 forward_delay 0 mcast_snooping 0
addr add $GATEWAY/24 dev br0
link set br0 up
route add unreachable default
BATCH
  nsenter --net="/run/netns/$TAG" sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0
  cuts_apply
}

net_down() {
  net_exists "$TAG" || return 0
  ip netns del "$TAG"
}

# A fresh namespace for a host at each boot: rules and addresses do not outlive a power-off.
net_attach() { # NAME
  local name=$1 space=$TAG-$1 port mac
  port=$(port_of "$name")
  net_detach "$name"
  mac=$(printf '%s' "$space" | sha256sum | sed 's/^\(..\)\(..\)\(..\)\(..\)\(..\).*/02:\1:\2:\3:\4:\5/')
  ip netns add "$space"
  ip -n "$TAG" link add "$port" type veth peer name eth0 address "$mac" netns "$space"
  ip -n "$TAG" link set "$port" master br0 up
  ip -n "$space" -batch - <<BATCH
link set lo up
addr add $(<"$HOSTS/$name/address")/24 brd + dev eth0
link set eth0 up
route add default via $GATEWAY
BATCH
  nsenter --net="/run/netns/$space" sysctl -qw net.ipv4.ip_forward=0
}

net_detach() { # NAME
  net_exists "$TAG-$1" || return 0
  ip netns del "$TAG-$1"
  # The kernel takes a dead namespace apart later; the port must be free for the next boot now.
  ip -n "$TAG" link del "$(port_of "$1")" 2>/dev/null || true
}

# ---- cuts: frames dropped at the bridge's ports, so that a host sees nothing of it ----
# $RUN_DIR/cuts has one "NAME PEER" a line; PEER is a host, `net` (the bridge itself) or `*`.

cuts_rules() {
  local one other hook
  echo 'table bridge davit'
  echo 'delete table bridge davit'
  echo 'table bridge davit {'
  for hook in forward input output; do
    echo "  chain $hook {"
    echo "    type filter hook $hook priority 0; policy accept;"
    while read -r one other; do
      one=$(port_of "$one")
      if [ "$other" = '*' ]; then
        [ "$hook" = output ] || echo "    iifname \"$one\" drop"
        [ "$hook" = input ] || echo "    oifname \"$one\" drop"
      elif [ "$other" = net ]; then
        [ "$hook" != input ] || echo "    iifname \"$one\" drop"
        [ "$hook" != output ] || echo "    oifname \"$one\" drop"
      elif [ "$hook" = forward ]; then
        other=$(port_of "$other")
        echo "    iifname \"$one\" oifname \"$other\" drop"
        echo "    iifname \"$other\" oifname \"$one\" drop"
      fi
    done <"$RUN_DIR/cuts"
    echo "  }"
  done
  echo '}'
}

cuts_apply() {
  [ -e "$RUN_DIR/cuts" ] || : >"$RUN_DIR/cuts"
  cuts_rules | nsenter --net="/run/netns/$TAG" nft -f -
}

cuts_change() { # add|remove NAME [PEER...]
  local action=$1 name=$2 peer kept
  shift 2
  [ $# -gt 0 ] || set -- '*'
  kept=$(cat "$RUN_DIR/cuts" 2>/dev/null || true)
  for peer; do
    if [ "$action" = add ]; then
      kept+=$'\n'"$name $peer"
    elif [ "$peer" = '*' ]; then
      kept=$(awk -v n="$name" '$1 != n && $2 != n' <<<"$kept")
    else
      kept=$(awk -v n="$name" -v p="$peer" '!($1 == n && $2 == p) && !($1 == p && $2 == n)' <<<"$kept")
    fi
  done
  sort -u <<<"$kept" | sed '/^$/d' >"$RUN_DIR/cuts.new"
  mv "$RUN_DIR/cuts.new" "$RUN_DIR/cuts"
  cuts_apply
}

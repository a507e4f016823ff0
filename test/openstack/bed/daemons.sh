# Daemons, and setup steps that are done once. Sourced after settings.sh.

# Each daemon runs in a session (process group) of its own; its pid file holds pid and start time, so that a recycled
# pid is never mistaken for ours.
starttime() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk '$1 != "Z" { print $20 }'; }
alive() {  # alive NAME
    local pid t
    read -r pid t 2>/dev/null < "$S/run/$1.pid" || return 1
    [ -n "$t" ] && [ "$(starttime "$pid")" = "$t" ]
}
stop() {  # stop NAME...: TERM to all, then KILL after 15 s
    local n pid t i
    for n; do if alive "$n"; then
        read -r pid t < "$S/run/$n.pid"; kill -TERM -- "-$pid" 2>/dev/null || true
    fi; done
    for n; do
        for ((i = 0; i < 75; i++)); do alive "$n" || break; sleep 0.2; done
        if [ -e "$S/run/$n.pid" ]; then
            read -r pid t < "$S/run/$n.pid"
            # the leader is gone; members of its group may linger
            if [ "$i" = 75 ] || [ -n "$(ps -o pid= --sid "$pid" 2>/dev/null)" ]; then
                kill -KILL -- "-$pid" 2>/dev/null || true
            fi
        fi
        rm -f "$S/run/$n.pid" "$S/run/$n.fp"
    done
}
# start NAME "CONFIG FILES" -- COMMAND...   (log: $S/log/NAME.log)
start() {
    local name=$1 files=$2 fp; shift 3
    fp=$( { printf '%s\n' "$@"; [ -z "$files" ] || cat $files; } | sha256sum )
    if alive "$name"; then
        [ "$fp" != "$(cat "$S/run/$name.fp" 2>/dev/null)" ] || return 0
        log "restarting $name (configuration changed)"
        stop "$name"
    fi
    ( cd "$S"; exec 9>&- ; exec setsid "$@" ) >> "$S/log/$name.log" 2>&1 < /dev/null &
    local pid=$!
    echo "$pid $(starttime $pid)" > "$S/run/$name.pid"
    echo "$fp" > "$S/run/$name.fp"
}
# wait_for NAME SECONDS COMMAND...: until COMMAND succeeds; fails early if the
# daemon NAME died.
wait_for() {
    local name=$1 end=$(( $(date +%s) + $2 )); shift 2
    until "$@" >/dev/null 2>&1; do
        if [ -e "$S/run/$name.pid" ] && ! alive "$name"; then
            tail -n 25 "$S/log/$name.log" >&2; die "$name died, see $S/log/$name.log"
        fi
        [ "$(date +%s)" -lt "$end" ] || die "$name is not ready, see $S/log/$name.log"
        sleep 0.5
    done
}
http_ok() {   # any HTTP answer below 500 is a sign of life
    local c; c=$(curl -s -o /dev/null --noproxy '*' -m 5 -w '%{http_code}' "$1") || return 1
    [ "$c" -ge 200 ] && [ "$c" -lt 500 ]
}
port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
sql() { mariadb --defaults-file="$S/etc/my.cnf" ${1:+-N -e "$1"}; }

# Setup steps: `once` remembers success; `job` runs one in the background, `await` waits for some.
once() { local n=$1; shift; [ ! -e "$S/done/$n" ] || return 0; "$@"; : > "$S/done/$n"; }
job() {
    local n=$1; shift
    ( exec 9>&-; renice -n 5 $BASHPID >/dev/null 2>&1; "$@" ) > "$S/log/setup-$n.log" 2>&1 < /dev/null &
    JOBS[$n]=$!
}
await() {
    local n
    for n; do wait "${JOBS[$n]}" || {
        tail -n 25 "$S/log/setup-$n.log" >&2; die "setup of $n, see $S/log/setup-$n.log"; }
    done
}

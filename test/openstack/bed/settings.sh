# The bed's settings, and how it says what it does. Sourced by every script.

S=${OPENSTACK_HOME:-/tmp/openstack-testbed}     # all state lives here
COMPUTE=${OPENSTACK_COMPUTE:-both}              # both | fake | qemu
HEAT=${OPENSTACK_HEAT:-0}                       # 1: with Heat
PASS=${OPENSTACK_PASSWORD:-secret}              # of every user; loopback only
DB_PORT=${OPENSTACK_DB_PORT:-13306}
RABBIT_PORT=${OPENSTACK_RABBIT_PORT:-15673}     # and +1 (distribution), +2 (epmd)
METADATA_PORT=${OPENSTACK_METADATA_PORT:-8775}  # where Neutron's metadata agent sends the guests' requests
EXT_BRIDGE=br-ostest                            # the external network
EXT_GATEWAY=172.24.4.1                          # of 172.24.4.0/24, on this machine
CINDER_HOST=cinder-host
DESCRIPTION=$S/bed.json                         # there while the bed runs: what tests read

case $COMPUTE in
    both|fake) AZ=${OPENSTACK_AZ:-fake} ;;      # zone of servers that name none
    qemu) AZ=qemu ;;
    *) echo "OPENSTACK_COMPUTE must be both, fake or qemu" >&2; exit 2 ;;
esac

export PATH=$S/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL=C.UTF-8 HOME=$S
export no_proxy=127.0.0.1,localhost NO_PROXY=127.0.0.1,localhost
unset "${!OS_@}" "${!PYTHON@}"
export OPENSTACK_HOME=$S OPENSTACK_COMPUTE=$COMPUTE OPENSTACK_HEAT=$HEAT OPENSTACK_AZ=$AZ \
    OPENSTACK_PASSWORD=$PASS OPENSTACK_DB_PORT=$DB_PORT OPENSTACK_DESCRIPTION=$DESCRIPTION

_t0=$(date +%s)
declare -A JOBS=()          # background setup steps: name -> pid
log()  { printf '[%4d s] %s\n' $(( $(date +%s) - _t0 )) "$*"; }
step() { log "ok: $*"; }
die()  {
    log "FAILED: $*" >&2
    [ ${#JOBS[@]} = 0 ] || kill "${JOBS[@]}" 2>/dev/null || true
    exit 1
}
# Only one script changes the bed at a time: the others wait for it.
lock() {
    exec 9>"$S/up.lock"
    flock -n 9 || { log "waiting for another up or down of $S"; flock -w 1200 9 || die "it does not end"; }
}

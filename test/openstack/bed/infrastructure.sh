# What the services stand on: MariaDB, RabbitMQ, libvirt, the bridge of the external network. Sourced by `up`.

start_mariadb() {
    once mysql-install mysql_install
    start mariadb "$S/etc/my.cnf" -- mariadbd --defaults-file="$S/etc/my.cnf"
    wait_for mariadb 60 sql 'SELECT 1'
}
mysql_install() {
    rm -rf "$S/mysql"; mkdir -p "$S/mysql"
    mariadb-install-db --defaults-file="$S/etc/my.cnf" --auth-root-authentication-method=normal \
        --skip-test-db > "$S/log/mysql-install.log" 2>&1
}
create_databases() {
    local d
    for d in keystone placement glance nova_api nova nova_cell0 neutron cinder heat; do
        echo "CREATE DATABASE IF NOT EXISTS $d CHARACTER SET utf8;"
    done | sql
    sql "GRANT ALL ON *.* TO root@'127.0.0.1' IDENTIFIED BY '$PASS' WITH GRANT OPTION"
}

start_rabbit() {
    mkdir -p "$S/rabbitmq"
    export ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=$((RABBIT_PORT + 2))
    start epmd '' -- epmd -address 127.0.0.1 -port $((RABBIT_PORT + 2))
    start rabbitmq "$S/etc/rabbitmq.conf" -- env HOME="$S/rabbitmq" \
        RABBITMQ_NODENAME=testbed@localhost RABBITMQ_CONFIG_FILE="$S/etc/rabbitmq.conf" \
        RABBITMQ_MNESIA_BASE="$S/rabbitmq" RABBITMQ_LOG_BASE="$S/log" \
        RABBITMQ_ENABLED_PLUGINS_FILE="$S/rabbitmq/plugins" RABBITMQ_CONF_ENV_FILE=/dev/null \
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+sbwt none +sbwtdcpu none +sbwtdio none" \
        /usr/lib/rabbitmq/bin/rabbitmq-server
}

# libvirtd in a mount namespace of its own, where /etc/libvirt, /run/libvirt,
# /var/lib/libvirt and /var/log/libvirt are folders of $S: a libvirt of the
# machine, if there is one, is not disturbed.
start_libvirt() {
    mkdir -p "$S"/libvirt/{etc,run,lib,log,cache}
    mkdir -p /etc/libvirt /run/libvirt /var/lib/libvirt /var/log/libvirt /var/cache/libvirt
    cp "$S/etc/libvirt/qemu.conf" "$S/etc/libvirt/libvirtd.conf" "$S/libvirt/etc/"
    # the volumes' mounts that nova-compute makes must appear in there, too
    if ! mountpoint -q "$S/nova/mnt"; then
        mount --bind "$S/nova/mnt" "$S/nova/mnt"
        mount --make-shared "$S/nova/mnt"
    fi
    # libvirtd insists that Debian's default user exists, though it is not used.
    cp /etc/passwd /etc/group "$S/libvirt/"
    grep -q ^libvirt-qemu: "$S/libvirt/passwd" || {
        echo "libvirt-qemu:x:64055:64055::/nonexistent:/usr/sbin/nologin" >> "$S/libvirt/passwd"
        echo "libvirt-qemu:x:64055:" >> "$S/libvirt/group"; }
    start libvirtd "$S/etc/libvirt/qemu.conf $S/etc/libvirt/libvirtd.conf" -- \
        unshare --mount --propagation slave sh -c "
            mount --bind $S/libvirt/passwd /etc/passwd
            mount --bind $S/libvirt/group /etc/group
            mount --bind $S/libvirt/etc /etc/libvirt
            mount --bind $S/libvirt/run /run/libvirt
            mount --bind $S/libvirt/lib /var/lib/libvirt
            mount --bind $S/libvirt/log /var/log/libvirt
            mount --bind $S/libvirt/cache /var/cache/libvirt
            exec libvirtd --config $S/libvirt/etc/libvirtd.conf"
    wait_for libvirtd 30 virsh -c "qemu:///system?socket=$S/libvirt/run/libvirt-sock" list
}

# The external network: a bridge with an address in the floating range's
# subnet, so that this machine reaches floating IPs directly.
make_bridge() {
    if ! ip link show "$EXT_BRIDGE" >/dev/null 2>&1; then
        ip link add "$EXT_BRIDGE" type bridge
        echo "$EXT_BRIDGE" > "$S/run/bridge"
    fi
    ip addr replace "$EXT_GATEWAY/24" dev "$EXT_BRIDGE"
    ip link set "$EXT_BRIDGE" up
    [ -e "$S/run/bridge-nf" ] ||
        cat /proc/sys/net/bridge/bridge-nf-call-iptables > "$S/run/bridge-nf"
}

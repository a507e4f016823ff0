# Packages, and small programs that stand in for what is left out. Sourced by `up`.

# Only the code (python3-*) and its common files are installed: the *-api,
# *-conductor, nova-compute ... packages only add init scripts and large
# dependencies, and we start the daemons ourselves.
PACKAGES=(
    mariadb-server-core mariadb-client-core rabbitmq-server
    python3-keystone python3-placement placement-common
    python3-glance glance-common python3-nova nova-common
    python3-neutron neutron-common python3-cinder cinder-common
    python3-openstackclient python3-pymysql python3-sqlalchemy-ext python3-fixtures
    uwsgi-core uwsgi-plugin-python3
    libvirt-daemon libvirt-daemon-driver-qemu libvirt-clients python3-libvirt
    qemu-system-x86 qemu-utils genisoimage
    iproute2 iptables ebtables ipset conntrack bridge-utils dnsmasq-base dnsmasq-utils
    haproxy iputils-arping iputils-ping radvd procps curl
    busybox-static mtools dosfstools syslinux syslinux-common fdisk )    # for make-image
[ "$HEAT" = 0 ] || PACKAGES+=(python3-heat heat-common python3-heatclient)

install_packages() {
    local missing
    mapfile -t missing < <(comm -23 <(printf '%s\n' "${PACKAGES[@]}" | sort) \
        <(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' | sed -n 's/^ii //p' | sort -u))
    [ ${#missing[@]} = 0 ] && return 0
    log "installing ${#missing[@]} packages and their dependencies"
    # - policy-rc.d: no package may start a daemon;
    # - py3compile, mandb, update-initramfs do nothing during the installation
    #   (they would take over a minute; Python compiles what it imports later).
    local shim=$S/tmp/aptshim policy=/usr/sbin/policy-rc.d made_policy='' c
    mkdir -p "$shim"
    for c in py3compile mandb update-initramfs; do
        printf '#!/bin/sh\nexit 0\n' > "$shim/$c"; chmod +x "$shim/$c"
    done
    [ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' > $policy; chmod +x $policy; made_policy=1; }
    local apt=(nice apt-get -y -q --no-install-recommends
        -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold
        -o Dpkg::Options::=--force-unsafe-io -o Dpkg::Use-Pty=0
        -o "DPkg::Path=$shim:/usr/sbin:/usr/bin:/sbin:/bin")
    export DEBIAN_FRONTEND=noninteractive
    local rc=0
    # Lists that cannot be renewed do no harm when the packages are in the ones that are there.
    "${apt[@]}" update > "$S/log/apt.log" 2>&1 || log "apt-get update failed, going on"
    "${apt[@]}" install "${missing[@]}" >> "$S/log/apt.log" 2>&1 || rc=$?
    [ -z "$made_policy" ] || rm -f $policy
    [ "$rc" = 0 ] || { tail -n 25 "$S/log/apt.log" >&2; die "apt-get failed, see $S/log/apt.log"; }
}

# Everything runs as root, so `sudo` (which OpenStack puts before privileged
# commands) is just `exec`. The kernel has no NFS client: `mount -t nfs` of
# our one "share" becomes a bind mount, for Cinder's and Nova's NFS drivers.
write_shims() {
    cat > "$S/bin/sudo" <<-'X'
	#!/bin/sh
	while :; do case $1 in -n|-E|-H) shift ;; *) break ;; esac; done
	exec "$@"
	X
    cat > "$S/bin/mount" <<-X
	#!/bin/sh
	case "\$*" in
	*"-t nfs"*127.0.0.1:$S/cinder/share*)
	    for target; do :; done              # the last argument
	    exec /bin/mount --bind "$S/cinder/share" "\$target" ;;
	esac
	exec /bin/mount "\$@"
	X
    printf '#!/bin/sh\nexit 1\n' > "$S/bin/mount.nfs"   # only its presence counts
    # Cinder starts this before each command: the real one is half a second of Python that looks whether it is allowed.
    printf '#!/bin/sh\nshift\nexec "$@"\n' > "$S/bin/cinder-rootwrap"
    # run MODULE:FUNCTION NAME ARGS...: a console script, which costs less processor time than started by itself.
    # - Half the time of neutron-server went into the queries in which it reads what belongs to what it has read: SQLAlchemy's
    #   `subquery` builds and repeats the first query, its `selectin` asks by ids, for the same rows.
    # - oslo.db asks the database for 1 before each transaction, in case the connection has ended: 4 % of neutron-server's time,
    #   8 % of nova-api's.
    # - Python looks for garbage after each 700 new objects, of which one request makes many thousand.
    cat > "$S/bin/run" <<-'X'
	#!/usr/bin/python3
	import gc, importlib, sys
	module, func = sys.argv[1].split(":")
	sys.argv = sys.argv[2:]
	main = getattr(importlib.import_module(module), func)
	# after that module, which sees to it that SQLAlchemy knows of green threads
	from sqlalchemy.orm.relationships import RelationshipProperty
	strategies = RelationshipProperty._all_strategies[RelationshipProperty]
	strategies[("lazy", "subquery"),] = strategies[("lazy", "selectin"),]
	from oslo_db.sqlalchemy import engines
	engines._connect_ping_listener = lambda connection, branch: None
	gc.set_threshold(20000, 20, 50)
	sys.exit(main())
	X
    chmod +x "$S"/bin/*
}

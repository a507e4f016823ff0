# Starts the daemons of each service. Sourced by `up`.

uwsgi_app() {  # uwsgi_app NAME CONFIGS PORT WSGI_FILE PROCESSES ENV...
    local name=$1 confs=$2 port=$3 file=$4 procs=$5; shift 5
    start "$name" "$confs" -- env "$@" uwsgi_python3 --http-socket "127.0.0.1:$port" \
        --wsgi-file "$file" --master --processes "$procs" --threads 8 --enable-threads \
        --lazy-apps --die-on-term --need-app --buffer-size 65535 --no-orphans --disable-logging \
        --rem-header Content-Length --add-header "Connection: close" --thunder-lock
}
RUN=$S/bin/run

# One process: each has a cache of its own, and a second one would not see at once what the first one revoked.
start_keystone() {
    printf '%s\n' "import gc, sys; sys.argv = ['keystone']" "gc.set_threshold(20000, 20, 50)" \
        "from keystone.server.wsgi import initialize_public_application as i" \
        "application = i()" > "$S/keystone/wsgi.py"
    uwsgi_app keystone "$S/etc/keystone/keystone.conf" 5000 "$S/keystone/wsgi.py" 1 \
        OS_KEYSTONE_CONFIG_DIR="$S/etc/keystone"
}
start_apis() {
    mkdir -p "$S"/glance/{images,staging,tasks} "$S"/cinder/{share,mnt,conversion} \
             "$S"/nova/{mnt,compute-qemu/instances,compute-fake/instances} "$S"/{neutron,heat}
    local nc=$S/etc/nova/nova.conf qc=$S/etc/neutron/neutron.conf cc=$S/etc/cinder/cinder.conf
    uwsgi_app placement "$S/etc/placement/placement.conf" 8778 /usr/bin/placement-api 1 \
        OS_PLACEMENT_CONFIG_DIR="$S/etc/placement"
    start neutron-server $qc -- "$RUN" neutron.cmd.eventlet.server:main neutron-server $Q
    start nova-api       $nc -- "$RUN" nova.cmd.api:main nova-api $N
    start glance-api "$S/etc/glance/glance-api.conf" -- "$RUN" glance.cmd.api:main glance-api $G
    start nova-conductor $nc -- "$RUN" nova.cmd.conductor:main nova-conductor $N
    start nova-scheduler $nc -- "$RUN" nova.cmd.scheduler:main nova-scheduler $N
    start cinder-api     $cc -- "$RUN" cinder.cmd.api:main cinder-api $C
    start cinder-scheduler $cc -- "$RUN" cinder.cmd.scheduler:main cinder-scheduler $C
    start cinder-volume  $cc -- "$RUN" cinder.cmd.volume:main cinder-volume $C
}
start_agents() {
    local qc=$S/etc/neutron/neutron.conf
    start neutron-linuxbridge-agent $qc -- neutron-linuxbridge-agent $Q
    start neutron-dhcp-agent        $qc -- neutron-dhcp-agent $Q
    start neutron-l3-agent          $qc -- neutron-l3-agent $Q
    start_metadata_agent
}
start_metadata_agent() {
    local mc=$S/etc/neutron/metadata_agent.ini
    start neutron-metadata-agent "$S/etc/neutron/neutron.conf $mc" -- neutron-metadata-agent $Q --config-file "$mc"
}
start_computes() {
    if [ "$COMPUTE" = fake ]; then stop nova-compute-qemu; stop libvirtd
    else
        start_libvirt
        start nova-compute-qemu "$S/etc/nova/nova.conf" -- "$RUN" nova.cmd.compute:main nova-compute $N
    fi
    if [ "$COMPUTE" = qemu ]; then stop nova-compute-fake
    else
        start nova-compute-fake "$S/etc/nova/nova-fake.conf" -- "$RUN" nova.cmd.compute:main nova-compute $NF
    fi
}
start_heat() {
    local conf=$S/etc/heat/heat.conf
    start heat-api     "$conf" -- "$RUN" heat.cmd.api:main heat-api $H
    start heat-api-cfn "$conf" -- "$RUN" heat.cmd.api_cfn:main heat-api-cfn $H
    start heat-engine  "$conf" -- "$RUN" heat.cmd.engine:main heat-engine $H
    wait_for heat-api     120 http_ok http://127.0.0.1:8004/
    wait_for heat-api-cfn 120 http_ok http://127.0.0.1:8000/
}

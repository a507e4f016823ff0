# Creates the databases of each service, and the keys of Keystone. Sourced by `up`.

K="--config-file $S/etc/keystone/keystone.conf"
G="--config-file $S/etc/glance/glance-api.conf"
P="--config-file $S/etc/placement/placement.conf"
N="--config-file $S/etc/nova/nova.conf"
NF="--config-file $S/etc/nova/nova-fake.conf"
Q="--config-file $S/etc/neutron/neutron.conf"
C="--config-file $S/etc/cinder/cinder.conf"
H="--config-file $S/etc/heat/heat.conf"

keystone_setup() {
    # the keys, as `keystone-manage fernet_setup`, `receipt_setup` and `credential_setup` make them
    local d k
    for d in fernet-keys receipt-keys credential-keys; do
        mkdir -p "$S/keystone/$d"; chmod 700 "$S/keystone/$d"
        for k in 0 1; do
            [ -s "$S/keystone/$d/$k" ] || head -c 32 /dev/urandom | base64 | tr '+/' '-_' |
                tr -d '\n' > "$S/keystone/$d/$k"
        done
    done
    keystone-manage $K db_sync
    keystone-manage $K bootstrap --bootstrap-username admin --bootstrap-password "$PASS" \
        --bootstrap-project-name admin --bootstrap-role-name admin --bootstrap-service-name keystone \
        --bootstrap-region-id RegionOne \
        --bootstrap-{admin,internal,public}-url=http://127.0.0.1:5000/v3
}
placement_setup() { OS_PLACEMENT_CONFIG_DIR=$S/etc/placement placement-manage $P db sync; }
glance_setup()    { glance-manage $G db_sync; }
nova_cell_setup()  { nova-manage $N db sync --local_cell; }
nova_cell0_setup() { nova-manage --config-file "$S/etc/nova/nova-cell0.conf" db sync --local_cell; }
nova_api_setup() {
    nova-manage $N api_db sync
    nova-manage $N cell_v2 map_cell0 --database_connection "$(db nova_cell0)"
    nova-manage $N cell_v2 create_cell --name cell1 || [ $? = 2 ]   # 2: exists
}
neutron_setup()   { neutron-db-manage $Q upgrade heads; }
cinder_setup()    { cinder-manage $C db sync; }
heat_setup()      { heat-manage $H db_sync; }

# What the configuration files have in common. Sourced by `up`.

# put FILE: writes stdin to $S/etc/FILE, only if it differs.
put() {
    local f=$S/etc/$1; mkdir -p "${f%/*}"
    cat > "$f.new"
    if cmp -s "$f.new" "$f"; then rm "$f.new"; else mv "$f.new" "$f"; fi
}
db() { echo "mysql+pymysql://root:$PASS@127.0.0.1:$DB_PORT/$1?charset=utf8"; }
# The sections that every service needs.
common() {  # common STATE_DIR
    cat <<-X
	[DEFAULT]
	debug = ${OPENSTACK_DEBUG:-false}
	use_stderr = true
	state_path = $1
	transport_url = rabbit://guest:guest@127.0.0.1:$RABBIT_PORT/
	X
}
authtoken() {  # authtoken USER [SECTION]
    cat <<-X
	[${2:-keystone_authtoken}]
	www_authenticate_uri = http://127.0.0.1:5000/v3
	auth_url = http://127.0.0.1:5000/v3
	auth_type = password
	username = $1
	password = $PASS
	project_name = service
	user_domain_name = Default
	project_domain_name = Default
	region_name = RegionOne
	service_token_roles = service
	service_token_roles_required = true
	X
}
shared_sections() {  # shared_sections DATABASE
    cat <<-X
	[database]
	connection = $(db "$1")
	max_pool_size = 5
	max_overflow = 60
	[oslo_concurrency]
	lock_path = $S/tmp/locks-$1
	[oslo_messaging_rabbit]
	heartbeat_in_pthread = false
	[oslo_messaging_notifications]
	driver = noop
	[oslo_policy]
	enforce_scope = false
	X
}

# What clients read: NAME-openrc files and clouds.yaml. Sourced by `up`.

TENANTS="demo demo2 demo3 demo4 demo5 demo6 demo7 demo8"

write_openrc() {  # write_openrc USER PROJECT
    cat <<-X
	export OS_AUTH_URL=http://127.0.0.1:5000/v3 OS_IDENTITY_API_VERSION=3
	export OS_USERNAME=$1 OS_PASSWORD=$PASS OS_PROJECT_NAME=$2
	export OS_USER_DOMAIN_NAME=Default OS_PROJECT_DOMAIN_NAME=Default
	export OS_REGION_NAME=RegionOne OS_VOLUME_API_VERSION=3
	unset OS_CLOUD
	X
}
write_clouds() {
    echo "clouds:"
    local u p
    for u in admin $TENANTS elsewhere; do
        p=$u; [ "$u" != elsewhere ] || p=service
        cat <<-X
	  $u:
	    region_name: RegionOne
	    identity_api_version: 3
	    auth: {auth_url: "http://127.0.0.1:5000/v3", username: $u, password: $PASS,
	           project_name: $p, user_domain_name: Default, project_domain_name: Default}
	X
    done
}

clients_config() {
    local u
    for u in admin $TENANTS; do write_openrc $u $u > "$S/$u-openrc"; done
    write_openrc elsewhere service > "$S/elsewhere-openrc"
    write_clouds > "$S/clouds.yaml"
}

# Heat's configuration. Sourced by `up`.

heat_config() {
    { common "$S/heat"; cat <<-X
	heat_metadata_server_url = http://127.0.0.1:8000
	heat_waitcondition_server_url = http://127.0.0.1:8000/v1/waitcondition
	stack_user_domain_name = heat
	stack_domain_admin = heat_domain_admin
	stack_domain_admin_password = $PASS
	num_engine_workers = 1
	region_name_for_services = RegionOne
	auth_encryption_key = 0123456789abcdef0123456789abcdef
	environment_dir = /etc/heat/environment.d
	template_dir = /etc/heat/templates
	[heat_api]
	bind_host = 127.0.0.1
	workers = 1
	[heat_api_cfn]
	bind_host = 127.0.0.1
	workers = 1
	[paste_deploy]
	api_paste_config = /etc/heat/api-paste.ini
	[ec2authtoken]
	auth_uri = http://127.0.0.1:5000/v3
	[clients_keystone]
	auth_uri = http://127.0.0.1:5000
	[trustee]
	auth_type = password
	auth_url = http://127.0.0.1:5000/v3
	username = heat
	password = $PASS
	user_domain_name = Default
	X
      shared_sections heat; authtoken heat; } | put heat/heat.conf
}

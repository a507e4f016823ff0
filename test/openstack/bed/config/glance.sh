# Glance's configuration. Sourced by `up`.

glance_config() {
    { common "$S/glance"; cat <<-X
	bind_host = 127.0.0.1
	workers = 1
	enabled_backends = file:file
	show_multiple_locations = false
	[glance_store]
	default_backend = file
	[file]
	filesystem_store_datadir = $S/glance/images
	[os_glance_staging_store]
	filesystem_store_datadir = $S/glance/staging
	[os_glance_tasks_store]
	filesystem_store_datadir = $S/glance/tasks
	[paste_deploy]
	flavor = keystone
	config_file = /etc/glance/glance-api-paste.ini
	X
      shared_sections glance; authtoken glance; } | put glance/glance-api.conf
}

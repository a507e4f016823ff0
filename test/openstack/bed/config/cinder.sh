# Cinder's configuration: its NFS driver on a bind mount (kernels without device mapper have no LVM). Sourced by `up`.

cinder_config() {
    { common "$S/cinder"; cat <<-X
	host = $CINDER_HOST
	osapi_volume_listen = 127.0.0.1
	osapi_volume_workers = 1
	api_paste_config = /etc/cinder/api-paste.ini
	resource_query_filters_file = /etc/cinder/resource_filters.json
	rootwrap_config = /etc/cinder/rootwrap.conf
	auth_strategy = keystone
	enabled_backends = nfs
	default_volume_type = nfs
	glance_api_servers = http://127.0.0.1:9292
	my_ip = 127.0.0.1
	image_conversion_dir = $S/cinder/conversion
	quota_volumes = 200
	quota_snapshots = 200
	quota_gigabytes = -1
	[nfs]
	volume_driver = cinder.volume.drivers.nfs.NfsDriver
	volume_backend_name = nfs
	nfs_shares_config = $S/etc/cinder/nfs_shares
	nfs_mount_point_base = $S/cinder/mnt
	nfs_snapshot_support = true
	nfs_qcow2_volumes = true
	nas_secure_file_operations = false
	nas_secure_file_permissions = false
	image_volume_cache_enabled = false
	max_over_subscription_ratio = 20
	X
      shared_sections cinder; authtoken cinder; authtoken cinder service_user; echo "send_service_user_token = true"
      authtoken nova nova; echo "interface = internal"; } | put cinder/cinder.conf
    echo "127.0.0.1:$S/cinder/share" | put cinder/nfs_shares
}

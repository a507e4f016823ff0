# Nova's configuration. Sourced by `up`.

nova_conf() {  # nova_conf FILE HOST DRIVER DB
    { common "$S/nova/$2"
      cat <<-X
	host = $2
	compute_driver = $3
	instances_path = $S/nova/$2/instances
	osapi_compute_listen = 127.0.0.1
	metadata_listen = 127.0.0.1
	osapi_compute_workers = 1
	metadata_workers = 1
	enabled_apis = osapi_compute,metadata
	default_schedule_zone = $AZ
	allow_resize_to_same_host = true
	cpu_allocation_ratio = 64.0
	ram_allocation_ratio = 4.0
	disk_allocation_ratio = 16.0
	reserved_host_memory_mb = 0
	force_raw_images = false
	resume_guests_state_on_host_boot = true
	shutdown_timeout = 10
	periodic_fuzzy_delay = 0
	vif_plugging_timeout = 60
	service_down_time = 60
	mkisofs_cmd = genisoimage
	[api_database]
	connection = $(db nova_api)
	max_pool_size = 5
	[api]
	auth_strategy = keystone
	[wsgi]
	api_paste_config = /etc/nova/api-paste.ini
	[conductor]
	workers = 1
	[scheduler]
	workers = 1
	discover_hosts_in_cells_interval = 5
	[filter_scheduler]
	track_instance_changes = false
	[quota]
	instances = 200
	cores = 400
	ram = -1
	key_pairs = 1000
	[workarounds]
	disable_rootwrap = true
	[glance]
	api_servers = http://127.0.0.1:9292
	[vnc]
	enabled = false
	[spice]
	enabled = false
	[libvirt]
	virt_type = qemu
	cpu_mode = none
	connection_uri = qemu:///system?socket=$S/libvirt/run/libvirt-sock
	inject_partition = -2
	wait_soft_reboot_seconds = 8
	device_detach_timeout = 10
	nfs_mount_point_base = $S/nova/mnt
	[cinder]
	catalog_info = volumev3::internalURL
	os_region_name = RegionOne
	X
      shared_sections "$4"
      authtoken nova
      authtoken nova service_user; echo "send_service_user_token = true"
      authtoken nova placement
      authtoken nova cinder | grep -v region_name
      authtoken neutron neutron
      cat <<-X
	service_metadata_proxy = true
	metadata_proxy_shared_secret = $PASS
	X
    } | put "$1"
}

# One file a compute, and one for the database of servers that found no host.
nova_configs() {
    nova_conf nova/nova.conf       compute-qemu libvirt.LibvirtDriver nova
    nova_conf nova/nova-fake.conf  compute-fake fake.FakeDriver       nova
    nova_conf nova/nova-cell0.conf compute-qemu fake.FakeDriver       nova_cell0
}

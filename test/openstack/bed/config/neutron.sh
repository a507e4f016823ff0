# Neutron's configuration. Sourced by `up`.

# ML2 with the Linux bridge agent, for kernels without Open vSwitch and VLAN devices. Tenant networks are of type `local`
# (one bridge a network: all servers are on this machine), the external one is flat.
neutron_config() {
    { common "$S/neutron"; cat <<-X
	bind_host = 127.0.0.1
	host = compute-qemu
	api_workers = 1
	rpc_workers = 1
	rpc_state_report_workers = 0
	core_plugin = ml2
	service_plugins = router
	allow_overlapping_ips = true
	api_paste_config = /etc/neutron/api-paste.ini
	api_extensions_path =
	interface_driver = linuxbridge
	dhcp_agent_notification = true
	dhcp_agents_per_network = 1
	notify_nova_on_port_status_changes = true
	notify_nova_on_port_data_changes = true
	agent_down_time = 75
	metadata_proxy_socket = $S/neutron/metadata.sock
	# DHCP agent
	enable_isolated_metadata = true
	dhcp_driver = neutron.agent.linux.dhcp.Dnsmasq
	dnsmasq_local_resolv = false
	[experimental]
	linuxbridge = true
	[agent]
	root_helper = sudo
	report_interval = 10
	[ml2]
	type_drivers = local,flat
	tenant_network_types = local
	mechanism_drivers = linuxbridge
	extension_drivers = port_security
	[ml2_type_flat]
	flat_networks = *
	[linux_bridge]
	bridge_mappings = public:$EXT_BRIDGE
	[vxlan]
	enable_vxlan = false
	[securitygroup]
	enable_security_group = true
	enable_ipset = true
	firewall_driver = iptables
	[quotas]
	quota_driver = neutron.db.quota.driver.DbQuotaDriver
	quota_network = 200
	quota_subnet = 200
	quota_router = 200
	quota_port = 1000
	quota_security_group = 500
	quota_security_group_rule = 5000
	quota_floatingip = 200
	X
      shared_sections neutron; authtoken neutron; authtoken nova nova; } | put neutron/neutron.conf
    metadata_agent_config "$METADATA_PORT"
}
# In a file of its own: only the metadata agent starts again when the guests' requests shall go elsewhere.
metadata_agent_config() {  # metadata_agent_config PORT
    put neutron/metadata_agent.ini <<-X
	[DEFAULT]
	nova_metadata_host = 127.0.0.1
	nova_metadata_port = $1
	metadata_proxy_shared_secret = $PASS
	metadata_workers = 1
	X
}

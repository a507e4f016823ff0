# Configuration of what the services stand on: MariaDB, RabbitMQ, libvirt. Sourced by `up`.

# A private instance, tuned for speed, not durability.
mariadb_config() {
    put my.cnf <<-X
	[mysqld]
	user = root
	datadir = $S/mysql
	socket = $S/run/mysql.sock
	pid-file = $S/run/mysqld.pid.own
	bind-address = 127.0.0.1
	port = $DB_PORT
	skip-name-resolve
	skip-log-bin
	max_connections = 600
	character-set-server = utf8
	innodb_buffer_pool_size = 128M
	innodb_log_file_size = 48M
	innodb_flush_log_at_trx_commit = 0
	innodb_flush_method = nosync
	innodb_doublewrite = 0
	performance_schema = off
	[client]
	user = root
	socket = $S/run/mysql.sock
	X
}

rabbitmq_config() {
    put rabbitmq.conf <<-X
	listeners.tcp.1 = 127.0.0.1:$RABBIT_PORT
	distribution.listener.interface = 127.0.0.1
	distribution.listener.port_range.min = $((RABBIT_PORT + 1))
	distribution.listener.port_range.max = $((RABBIT_PORT + 1))
	log.console = true
	log.console.level = warning
	log.file = false
	vm_memory_high_watermark.absolute = 1GB
	disk_free_limit.absolute = 50MB
	X
}

# Private configuration and sockets, see start_libvirt.
libvirt_config() {
    put libvirt/libvirtd.conf <<-X
	unix_sock_dir = "$S/libvirt/run"
	auth_unix_rw = "none"
	auth_unix_ro = "none"
	X
    put libvirt/qemu.conf <<-X
	user = "root"
	group = "root"
	dynamic_ownership = 0
	security_driver = "none"
	namespaces = []
	cgroup_controllers = []
	stdio_handler = "file"
	X
}

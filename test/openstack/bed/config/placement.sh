# Placement's configuration. Sourced by `up`.

placement_config() {
    { echo "[DEFAULT]"; echo "use_stderr = true"
      cat <<-X
	[placement_database]
	connection = $(db placement)
	max_pool_size = 5
	[api]
	auth_strategy = keystone
	X
      authtoken placement; } | put placement/placement.conf
}

# Keystone's configuration. Sourced by `up`.

keystone_config() {
    { common "$S/keystone"; shared_sections keystone; cat <<-X
	[identity]
	password_hash_rounds = 4
	[token]
	provider = fernet
	expiration = 86400
	[fernet_tokens]
	key_repository = $S/keystone/fernet-keys
	[fernet_receipts]
	key_repository = $S/keystone/receipt-keys
	[credential]
	key_repository = $S/keystone/credential-keys
	# Keystone decrypts a cached credential in place: with the in-memory cache its second reading fails
	caching = false
	[cache]
	enabled = true
	backend = dogpile.cache.memory
	X
    } | put keystone/keystone.conf
}

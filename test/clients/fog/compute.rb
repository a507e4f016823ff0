# fog-aws: its requests, its models and their waiting, as Chef, Vagrant and others use them.
require 'base64'
require 'fog/aws'
require_relative '../checks/check'

Fog.interval = 0.2
Fog.timeout = 150

def connect(secret = ENV.fetch('AWS_SECRET_ACCESS_KEY'), **more)
  Fog::AWS::Compute.new(**more, aws_access_key_id: ENV.fetch('AWS_ACCESS_KEY_ID'), aws_secret_access_key: secret,
                        region: ENV.fetch('AWS_REGION'), endpoint: ENV.fetch('EC2_ENDPOINT'))
end

CLOUD = connect
# This fog stumbles over what EC2 added later to three answers (fog/fog-aws issue 734); old versions do not get that.
OLD = connect(version: '2014-10-01')
ACCOUNT = ENV.fetch('ACCOUNT_ID')
ZONE = zone_or('us-east-1b')
ONLY_IMAGE = FACTS['image']
ROOT = can('rootVolumes') ? ['/dev/xvda'] : []

check 'describe_regions, describe_availability_zones, describe_account_attributes' do
  names = OLD.describe_regions.body['regionInfo'].map { |one| one['regionName'] }
  holds(names.include?(can('manyZones') ? 'eu-west-1' : 'us-east-1'), 'the region is there')
  zones = OLD.describe_availability_zones('state' => 'available').body['availabilityZoneInfo'].map { |one| one['zoneName'] }
  holds(zones.include?(ZONE), 'the zone is there')
  equal(zones.sort, %w[a b c d e f].map { |letter| "us-east-1#{letter}" }, 'zones') if can('manyZones')
  attributes = CLOUD.describe_account_attributes.body['accountAttributeSet']
  holds(attributes.any? { |one| one['attributeName'] == 'supported-platforms' && one['values'] == ['VPC'] }, 'platforms are told')
end

image = check 'images are looked up by owner and name' do
  query = ONLY_IMAGE ? { 'name' => ONLY_IMAGE } : { 'Owner' => 'amazon', 'name' => 'amzn2-ami-hvm-*-x86_64-gp2' }
  found = CLOUD.describe_images(query).body['imagesSet']
  newest = found.max_by { |one| one['creationDate'].to_s }
  equal(newest['isPublic'], true, 'isPublic')
  equal([newest['imageOwnerId'], newest['rootDeviceName']], ['137112412989', '/dev/xvda'], 'image') unless ONLY_IMAGE
  newest['imageId']
end

check 'key pairs: create, import, list' do
  made = CLOUD.key_pairs.create(name: 'fog')
  holds(made.private_key.start_with?('-----BEGIN'), 'the private key is told')
  File.write('fog.pem', made.private_key + "\n", perm: 0o600)
  public_key = `ssh-keygen -y -f fog.pem`
  holds(public_key.start_with?('ssh-rsa '), 'OpenSSH reads it')
  imported = CLOUD.import_key_pair('imported', public_key).body
  equal(imported['keyName'], 'imported', 'keyName')
  equal(CLOUD.key_pairs.all.map(&:name).sort, %w[fog imported], 'names')
  equal(CLOUD.key_pairs.get('fog').fingerprint, made.fingerprint, 'fingerprint')
end

group = check 'security groups: create, authorize, list, revoke' do
  made = CLOUD.security_groups.create(name: 'fog', description: 'by fog')
  holds(made.group_id.start_with?('sg-'), 'it has an id')
  made.authorize_port_range(22..22, cidr_ip: '10.0.0.0/8')
  made.authorize_port_range(80..81, group: { ACCOUNT => made.group_id })
  rules = CLOUD.security_groups.get_by_id(made.group_id).ip_permissions
  equal(rules.map { |one| [one['fromPort'], one['toPort']] }.sort, [[22, 22], [80, 81]], 'rules')
  equal(rules.find { |one| one['fromPort'] == 22 }['ipRanges'], [{ 'cidrIp' => '10.0.0.0/8' }], 'ipRanges')
  equal(rules.find { |one| one['fromPort'] == 80 }['groups'].map { |one| one['groupId'] }, [made.group_id], 'groups')
  made.revoke_port_range(80..81, group: { ACCOUNT => made.group_id })
  made.revoke_port_range(22..22, cidr_ip: '10.0.0.0/8')
  equal(CLOUD.security_groups.get('fog').ip_permissions, [], 'rules left')
  everything = { 'IpPermissions' => [{ 'IpProtocol' => '-1', 'IpRanges' => [{ 'CidrIp' => '0.0.0.0/0' }] }] }
  CLOUD.revoke_security_group_egress({ 'GroupId' => made.group_id }.merge(everything))
  CLOUD.authorize_security_group_egress({ 'GroupId' => made.group_id }.merge(everything))
  refused('InvalidGroup.Duplicate') { CLOUD.create_security_group('fog', 'again') }
  made
end

server = check 'a server is made, waited for and described' do
  made = CLOUD.servers.create(image_id: image, flavor_id: 't3.micro', key_name: 'fog', security_group_ids: [group.group_id],
                              availability_zone: ZONE, user_data: "#!/bin/sh\necho told by fog\n",
                              tags: { 'Name' => 'fog & co' },
                              block_device_mapping: ROOT.map { |name| { 'DeviceName' => name, 'Ebs.VolumeSize' => 11 } })
  equal(made.state, 'pending', 'state')
  made.wait_for { ready? }
  one = CLOUD.servers.get(made.id)
  equal([one.availability_zone, one.flavor_id, one.key_name], [ZONE, 't3.micro', 'fog'], 'server')
  equal(one.tags, { 'Name' => 'fog & co' }, 'tags')
  equal(one.groups, ['fog'], 'groups')
  holds(one.private_ip_address.start_with?('172.31.'), 'it has a private address')
  holds(!one.public_ip_address.to_s.empty? || !can('publicAddresses'), 'it has a public address')
  equal(CLOUD.servers.all('tag:Name' => 'fog*', 'instance-state-name' => 'running').map(&:id), [made.id], 'servers by filters')
  one
end

check 'run_instances of two with a client token' do
  # The parser of fog makes further instances, without ids, of what is listed inside of one.
  launch = lambda do
    more = { 'InstanceType' => 't3.nano', 'ClientToken' => 'fog', 'Placement.AvailabilityZone' => ZONE }
    made = CLOUD.run_instances(image, 2, 2, more).body['instancesSet']
    made.filter_map { |one| one['instanceId'] }.sort
  end
  ids = launch.call
  equal(ids.size, 2, 'number of instances')
  equal(launch.call, ids, 'instances for the same token')
  states = CLOUD.terminate_instances(ids).body['instancesSet'].map { |one| one['currentState']['name'] }
  equal(states.uniq, ['shutting-down'], 'states')
end

check 'describe_instance_status' do
  status = eventually('status ok') do
    found = OLD.describe_instance_status('InstanceId' => server.id).body['instanceStatusSet'].first
    found if found['instanceStatus']['status'] == 'ok'
  end
  equal([status['systemStatus']['status'], status['instanceState']['name']], %w[ok running], 'status')
end

check 'get_console_output' do
  eventually('user data on the console') do
    output = CLOUD.get_console_output(server.id).body['output']
    output.to_s.include?(can('userData') ? 'told by fog' : "\n")
  end
end

check 'attributes: describe and modify' do
  value = CLOUD.describe_instance_attribute(server.id, 'instanceType').body
  equal([value['instanceId'], value['instanceType']], [server.id, 't3.micro'], 'instanceType')
  CLOUD.modify_instance_attribute(server.id, 'DisableApiTermination.Value' => true)
  refused('OperationNotPermitted') { server.destroy }
  CLOUD.modify_instance_attribute(server.id, 'DisableApiTermination.Value' => false)
end

check 'stop, another type, start, reboot' do
  server.stop
  server.wait_for { state == 'stopped' }
  CLOUD.modify_instance_attribute(server.id, 'InstanceType.Value' => 't3.small') if can('resize')
  server.start
  server.wait_for { ready? }
  equal(CLOUD.servers.get(server.id).flavor_id, can('resize') ? 't3.small' : 't3.micro', 'flavor')
  equal(server.reboot, true, 'return')
end

volume = check 'volumes: create, attach, detach' do
  encrypted = can('encryption')
  made = CLOUD.volumes.create(size: 4, availability_zone: ZONE, type: 'gp2', encrypted: encrypted, tags: { 'a' => 'b' })
  made.wait_for { ready? }
  equal([made.size, made.type, made.encrypted, made.tags], [4, 'gp2', encrypted, { 'a' => 'b' }], 'volume')
  made.attach(server, '/dev/sdf')
  made.wait_for { state == 'in-use' }
  equal(server.volumes.map(&:device).sort, ['/dev/sdf', *ROOT], 'devices')
  refused('VolumeInUse') { CLOUD.delete_volume(made.id) }
  CLOUD.detach_volume(made.id)
  made.wait_for { ready? }
  CLOUD.volumes.get(made.id)
end

snapshot = check 'snapshots: create, list, a volume of one' do
  made = CLOUD.snapshots.create(volume_id: volume.id, description: 'by fog')
  made.wait_for { ready? }
  equal([made.volume_size, made.owner_id, made.state], [4, ACCOUNT, 'completed'], 'snapshot')
  equal(CLOUD.snapshots.all('owner-id' => ACCOUNT).map(&:id), [made.id], 'own snapshots')
  copy = CLOUD.volumes.create(snapshot_id: made.id, availability_zone: zone_or('us-east-1a'), size: 5)
  copy.wait_for { ready? }
  copy.destroy
  made
end

check 'images: create, share, register, deregister', 'images' do
  made = CLOUD.create_image(server.id, 'by fog', 'golden', true).body['imageId']
  Fog.wait_for { CLOUD.images.get(made).state == 'available' }
  one = CLOUD.images.get(made)
  equal([one.name, one.description, one.is_public, one.owner_id], ['by fog', 'golden', false, ACCOUNT], 'image')
  CLOUD.modify_image_attribute(made, 'Add.UserId' => [ENV.fetch('OTHER_ACCOUNT_ID')])
  shared = CLOUD.describe_image_attribute(made, 'launchPermission').body
  equal(shared['launchPermission'], [ENV.fetch('OTHER_ACCOUNT_ID')], 'permissions')
  registered = CLOUD.register_image('of fog', 'from a snapshot', '/dev/sda1',
                                    [{ 'DeviceName' => '/dev/sda1', 'SnapshotId' => snapshot.id }],
                                    'Architecture' => 'x86_64', 'VirtualizationType' => 'hvm').body['imageId']
  own = CLOUD.describe_images('Owner' => 'self').body['imagesSet'].map { |found| found['imageId'] }
  equal(own.sort, [made, registered].sort, 'own images')
  disks = one.block_device_mapping.map { |disk| disk['snapshotId'] }
  own.each { |id| CLOUD.deregister_image(id) }
  disks.each { |id| CLOUD.delete_snapshot(id) }
end

check 'addresses: allocate, associate, disassociate, release', 'elasticIps' do
  made = CLOUD.addresses.create(domain: 'vpc')
  made.server = server
  equal(CLOUD.servers.get(server.id).public_ip_address, made.public_ip, 'address of the server')
  found = CLOUD.describe_addresses('instance-id' => server.id).body['addressesSet'].first
  equal([found['publicIp'], found['allocationId']], [made.public_ip, made.allocation_id], 'address')
  CLOUD.disassociate_address(nil, found['associationId'])
  CLOUD.release_address(made.allocation_id)
  equal(CLOUD.addresses.all.to_a, [], 'addresses')
end

check 'networks and tags' do
  vpc = CLOUD.vpcs.all('is-default' => 'true').first
  equal([vpc.cidr_block, vpc.is_default], ['172.31.0.0/16', true], 'network')
  zones = CLOUD.subnets.all('vpc-id' => vpc.id).map(&:availability_zone).uniq
  equal(zones.size, OLD.describe_availability_zones('state' => 'available').body['availabilityZoneInfo'].size, 'number of zones with a subnet')
  CLOUD.create_tags([vpc.id, volume.id], 'of' => 'fog <&>')
  tags = CLOUD.describe_tags('key' => 'of').body['tagSet']
  equal(tags.map { |one| [one['resourceId'], one['value']] }.sort, [[volume.id, 'fog <&>'], [vpc.id, 'fog <&>']].sort, 'tags')
  CLOUD.delete_tags([vpc.id, volume.id], 'of' => 'fog <&>')
  equal(CLOUD.tags.all('key' => 'of').to_a, [], 'tags left')
end

check 'errors are raised as fog’s own' do
  equal(CLOUD.servers.get('i-00000000000000000'), nil, 'a server that is not there')
  refused('InvalidAMIID.NotFound') { CLOUD.run_instances('ami-00000000000000000', 1, 1) }
  refused('AuthFailure') { connect('wrong').describe_regions }
end

check 'destroy, delete, and nothing is left' do
  server.destroy
  server.wait_for { state == 'terminated' }
  volume.destroy
  snapshot.destroy
  Fog.wait_for { CLOUD.servers.all('instance-state-name' => %w[running shutting-down]).to_a.empty? }
  Fog.wait_for { CLOUD.volumes.all.to_a.empty? }
  group.destroy
  %w[fog imported].each { |name| CLOUD.delete_key_pair(name) }
  equal(CLOUD.security_groups.all.map(&:name), ['default'], 'groups')
  equal(CLOUD.key_pairs.all.to_a, [], 'keys')
  equal(CLOUD.snapshots.all('owner-id' => ACCOUNT).to_a, [], 'snapshots')
end

finish

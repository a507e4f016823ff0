"""Flavors, the image, the volume type, networks and routers."""
import json
import os

from cloud import HOME, PASSWORD, PROJECTS, Api, connect, until

FLAVORS = [("m1.tiny", 128, 1, 1), ("m1.small", 256, 1, 2), ("m1.medium", 512, 2, 4)]


def run():
    admin = connect()
    flavors(Api(admin, "compute"))
    image(admin)
    volume_type(Api(admin, "volumev3"))
    networks(Api(admin, "network", "/v2.0"))


def flavors(nova):
    have = {f["name"] for f in nova("GET", "/flavors/detail")["flavors"]}
    for n, (name, ram, cpus, disk) in enumerate(FLAVORS, 1):
        if name not in have:
            nova("POST", "/flavors", {"flavor": {
                "id": str(n), "name": name, "ram": ram, "vcpus": cpus, "disk": disk}})


def image(admin):
    glance = Api(admin, "image", "/v2")
    tiny = next(iter(glance("GET", "/images?name=tiny&visibility=public")["images"]), None)
    if tiny is None:
        tiny = glance("POST", "/images", {
            "name": "tiny", "visibility": "public", "disk_format": "qcow2",
            "container_format": "bare", "min_disk": 0, "min_ram": 96})
    if tiny["status"] == "queued":
        with open(os.path.join(HOME, "tiny.qcow2"), "rb") as f:
            admin.request(glance.endpoint + "/v2/images/%s/file" % tiny["id"], "PUT", data=f,
                          headers={"Content-Type": "application/octet-stream"})


def volume_type(cinder):
    if "nfs" not in {t["name"] for t in cinder("GET", "/types?is_public=None")["volume_types"]}:
        cinder("POST", "/types", {"volume_type": {
            "name": "nfs", "extra_specs": {"volume_backend_name": "nfs"}}})


def networks(net):
    fake_l2_agent()
    # The agents must be there before a network, or nothing binds and schedules it.
    until("neutron agents", 120, lambda: {"neutron-linuxbridge-agent", "neutron-l3-agent"} - {
        a["binary"] for a in net("GET", "/agents?host=compute-qemu")["agents"] if a["alive"]})
    public = net.ensure("networks", "network", {"name": "public"}, {
        "router:external": True, "provider:network_type": "flat",
        "provider:physical_network": "public", "is_default": True})
    net.ensure("subnets", "subnet", {"name": "public-subnet"}, {
        "network_id": public["id"], "ip_version": 4, "cidr": "172.24.4.0/24",
        "gateway_ip": "172.24.4.1", "enable_dhcp": False,
        "allocation_pools": [{"start": "172.24.4.10", "end": "172.24.4.250"}]})
    for project, cidr in PROJECTS.items():
        private_network(Api(connect(project, project), "network", "/v2.0"), cidr, public)


def private_network(net, cidr, public):
    mine = "?project_id=" + net.sess.get_project_id() + "&name="
    private = net.ensure("networks", "network", {"name": "private"}, query=mine + "private")
    subnet = net.ensure("subnets", "subnet", {"name": "private-subnet"}, {
        "network_id": private["id"], "ip_version": 4, "cidr": cidr},
        query=mine + "private-subnet")
    router = net.ensure("routers", "router", {"name": "router"}, {
        "external_gateway_info": {"network_id": public["id"]}}, query=mine + "router")
    ports = "/ports?device_id=%s&network_id=%s" % (router["id"], private["id"])
    if not net("GET", ports)["ports"]:
        net("PUT", "/routers/%s/add_router_interface" % router["id"], {"subnet_id": subnet["id"]})


def fake_l2_agent():
    """A row for a Linux bridge agent on the host of the fake compute.

    Neutron binds a port only where it believes an L2 agent is alive. Fake servers need none, so its last sign of life
    is put far ahead.
    """
    import pymysql
    db = pymysql.connect(host="127.0.0.1", port=int(os.environ["OPENSTACK_DB_PORT"]),
                         user="root", password=PASSWORD, database="neutron", autocommit=True)
    with db.cursor() as c:
        c.execute("""INSERT IGNORE INTO agents (id, agent_type, `binary`, topic, host,
            admin_state_up, created_at, started_at, heartbeat_timestamp, configurations, `load`)
            VALUES ('00000000-0000-4000-8000-00000000fa4e', 'Linux bridge agent',
            'neutron-linuxbridge-agent', 'N/A', 'compute-fake', 1, NOW(), NOW(),
            '2099-01-01 00:00:00', %s, 0)""",
                  (json.dumps({"bridge_mappings": {"public": "none"}, "interface_mappings": {},
                               "tunnel_types": [], "devices": 0}),))
    db.close()

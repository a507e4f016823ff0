"""Writes what tests need to know of the bed to OPENSTACK_DESCRIPTION, as the services themselves tell it."""
import json
import os

from cloud import AUTH, HOME, PASSWORD, PROJECTS, REGION, SERVANT, Api, connect, has_heat, hosts
from identity import ec2_credentials


def run():
    admin = connect()
    net = Api(admin, "network", "/v2.0")
    public = one(net, "networks", "?name=public")
    description = {
        "home": HOME,
        "cloudsYaml": os.path.join(HOME, "clouds.yaml"),
        "authUrl": AUTH,
        "region": REGION,
        "domain": {"id": "default", "name": "Default"},
        "users": {
            "admin": user("admin", "admin"),
            SERVANT: user(SERVANT, "service"),
            **{name: {**user(name, name), "ec2": ec2(name)} for name in PROJECTS}},
        "image": image(Api(admin, "image", "/v2")),
        "flavors": [{"id": f["id"], "name": f["name"], "memoryMiB": f["ram"], "cpus": f["vcpus"],
                     "diskGiB": f["disk"]}
                    for f in Api(admin, "compute")("GET", "/flavors/detail")["flavors"]],
        "volumeTypes": [t["name"] for t in Api(admin, "volumev3")("GET", "/types")["volume_types"]
                        if not t["name"].startswith("__")],
        "networks": {
            "public": {"id": public["id"], "name": public["name"], "subnet": subnet(net, public)},
            **{name: private_network(name) for name in PROJECTS}},
        "zones": {
            "default": os.environ["OPENSTACK_AZ"],
            # A compute that was switched off stays available to Nova for a minute.
            "compute": [zone for zone in zones("compute") if "compute-" + zone in hosts()],
            "volume": zones("volumev3")},
        "metadataSecret": PASSWORD,
        "heat": has_heat(),
    }
    for name in PROJECTS:
        write(os.path.join(HOME, name + "-ec2rc"), "export EC2_ACCESS_KEY=%(access)s EC2_SECRET_KEY=%(secret)s\n"
              % description["users"][name]["ec2"])
    write(os.environ["OPENSTACK_DESCRIPTION"], json.dumps(description, indent=2) + "\n")


def write(path, text):
    """At once: whoever reads the file sees the old text or the new one."""
    with open(path + ".new", "w") as f:
        f.write(text)
    os.replace(path + ".new", path)


def one(net, plural, query):
    found = net("GET", "/%s%s" % (plural, query))[plural]
    if len(found) != 1:
        raise SystemExit("bootstrap: %d %s of %s" % (len(found), plural, query))
    return found[0]


def user(name, project):
    sess = connect(name, project)
    return {"id": sess.get_user_id(), "name": name, "password": PASSWORD,
            "project": {"id": sess.get_project_id(), "name": project}}


def ec2(name):
    credentials = ec2_credentials(name)
    return {"access": credentials["access"], "secret": credentials["secret"]}


def image(glance):
    tiny = glance("GET", "/images?name=tiny&visibility=public")["images"][0]
    return {"id": tiny["id"], "name": tiny["name"]}


def subnet(net, network):
    found = net("GET", "/subnets/" + network["subnets"][0])["subnet"]
    return {"id": found["id"], "cidr": found["cidr"], "gateway": found["gateway_ip"]}


def private_network(project):
    net = Api(connect(project, project), "network", "/v2.0")
    mine = "&project_id=" + net.sess.get_project_id()
    network, router = one(net, "networks", "?name=private" + mine), one(net, "routers", "?name=router" + mine)
    return {"id": network["id"], "name": network["name"], "subnet": subnet(net, network),
            "router": {"id": router["id"], "name": router["name"]}}


def zones(service):
    """The zones that demo can name, in Nova or in Cinder."""
    rows = Api(connect("demo", "demo"), service)("GET", "/os-availability-zone")["availabilityZoneInfo"]
    return sorted(row["zoneName"] for row in rows if row["zoneState"]["available"])

"""Drives a running elb-sim with the vendor's own SDK, as a check that the simulator speaks the vendor's language.

    python3 -m venv sdk && sdk/bin/pip install huaweicloudsdkcore huaweicloudsdkelb huaweicloudsdkiam
    cargo run -p quell-elb-sim -- --listen 127.0.0.1:9000 --members 300
    sdk/bin/python tests/elb-sim/sdk/drive.py http://127.0.0.1:9000
"""

import sys

from huaweicloudsdkcore.auth.credentials import BasicCredentials, GlobalCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkcore.region.region import Region
import huaweicloudsdkelb.v2 as v2
import huaweicloudsdkelb.v3 as v3
import huaweicloudsdkiam.v3 as iam

URL = sys.argv[1]
PROJECT = "0a6f1c2d3e4b4f5a8c9d0e1f2a3b4c5d"
ACCESS, SECRET = "HPQ7EXAMPLEACCESSKEY", "wJ3b/exampleSecretKey+0123456789abcdefghij"


def token_credentials(token):
    """Sends a token in place of a signature: the SDK has no class for that, and takes no class of ours."""
    credentials = BasicCredentials("unused", "unused", PROJECT)
    sign = credentials.sign_request

    def sign_request(request):
        request = sign(request)
        for name in ("Authorization", "X-Sdk-Date"):
            del request.header_params[name]
        request.header_params["X-Auth-Token"] = token
        return request

    credentials.sign_request = sign_request
    return credentials


def client(module, credentials):
    kind = module.IamClient if module is iam else module.ElbClient
    return kind.new_builder().with_credentials(credentials).with_endpoint(URL).build()


def refused(status, code, call):
    try:
        call()
    except ClientRequestException as error:
        assert (error.status_code, error.error_code) == (status, code), error
        assert len(error.request_id) == 32, error
    else:
        raise AssertionError(f"not refused with {status} {code}")


def round_trip(elb):
    address = elb.list_all_members(v3.ListAllMembersRequest(address=["192.168.10.21"])).members[0]
    assert (address.protocol_port, address.weight) == (30080, 1)
    found = elb.list_listeners(v3.ListListenersRequest(member_address=["192.168.10.21"])).listeners
    assert [listener.name for listener in found] == ["listener-https-443"]
    listener = found[0]
    assert not (listener.ipgroup and listener.ipgroup.enable_ipgroup)
    pools = elb.list_pools(v3.ListPoolsRequest(listener_id=[listener.id])).pools
    assert [pool.name for pool in pools] == ["pool-web", "pool-canary"]
    policies = elb.list_l7_policies(v3.ListL7PoliciesRequest(redirect_pool_id=[pools[1].id])).l7policies
    assert policies[0].listener_id == listener.id
    balancer = elb.show_load_balancer(v3.ShowLoadBalancerRequest(loadbalancer_id=listener.loadbalancers[0].id)).loadbalancer
    assert balancer.provisioning_status == "ACTIVE" and balancer.eips[0].eip_address == "203.0.113.50"
    tree = elb.show_load_balancer_status(v3.ShowLoadBalancerStatusRequest(loadbalancer_id=balancer.id)).statuses
    assert tree.loadbalancer.listeners[0].pools[0].members[0].address == "192.168.10.21"

    entries = [v3.CreateIpGroupIpOption(ip="203.0.113.10", description="SOC 分析"), v3.CreateIpGroupIpOption(ip="2001:db8::/32")]
    option = v3.CreateIpGroupOption(name="quarantine", description="", ip_list=entries)
    group = elb.create_ip_group(v3.CreateIpGroupRequest(v3.CreateIpGroupRequestBody(option))).ipgroup
    more = [v3.UpdateIpGroupIpOption(ip="192.0.2.77", description="x")]
    body = v3.UpdateIpListRequestBody(v3.UpdateIpListOption(ip_list=more))
    assert len(elb.update_ip_list(v3.UpdateIpListRequest(group.id, body)).ipgroup.ip_list) == 3
    body = v3.BatchDeleteIpListRequestBody(v3.BatchDeleteIpListOption(ip_list=[v3.IpGroupIp(ip="192.0.2.77")]))
    assert len(elb.batch_delete_ip_list(v3.BatchDeleteIpListRequest(group.id, body)).ipgroup.ip_list) == 2
    option = v3.UpdateListenerIpGroupOption(ipgroup_id=group.id, enable_ipgroup=True, type="white")
    changed = update(elb, listener.id, option)
    assert (changed.ipgroup.ipgroup_id, changed.ipgroup.enable_ipgroup, changed.ipgroup.type) == (group.id, True, "white")
    related = elb.show_ip_group_related_listeners(v3.ShowIpGroupRelatedListenersRequest(ipgroup_id=group.id)).listeners
    assert [it.id for it in related] == [listener.id]
    refused(409, "ELB.8907", lambda: elb.delete_ip_group(v3.DeleteIpGroupRequest(group.id)))
    office = elb.list_ip_groups(v3.ListIpGroupsRequest(name=["office-only"])).ipgroups[0]
    update(elb, listener.id, v3.UpdateListenerIpGroupOption(ipgroup_id=office.id))
    assert update(elb, listener.id, v3.UpdateListenerIpGroupOption(enable_ipgroup=False)).ipgroup.enable_ipgroup is False
    elb.delete_ip_group(v3.DeleteIpGroupRequest(group.id))
    refused(404, "ELB.8904", lambda: elb.show_ip_group(v3.ShowIpGroupRequest(group.id)))
    quota = elb.list_quota_details(v3.ListQuotaDetailsRequest(quota_key=["ipgroup"])).quotas[0]
    assert (quota.quota_limit, quota.used) == (50, 1)

    for weight in (0, 1):
        body = v3.UpdateMemberRequestBody(v3.UpdateMemberOption(weight=weight))
        assert elb.update_member(v3.UpdateMemberRequest(address.id, pools[0].id, body)).member.weight == weight


def update(elb, listener, option):
    body = v3.UpdateListenerRequestBody(v3.UpdateListenerOption(ipgroup=option))
    return elb.update_listener(v3.UpdateListenerRequest(listener, body)).listener


def pages(elb):
    pool = elb.list_pools(v3.ListPoolsRequest(name=["pool-many"])).pools[0]
    seen, marker = [], None
    while True:
        answer = elb.list_members(v3.ListMembersRequest(pool.id, limit=70, marker=marker))
        seen += [member.id for member in answer.members]
        marker = answer.page_info.next_marker
        if not marker:
            break
    assert len(seen) == len(set(seen)) == len(pool.members) == 300
    answer = elb.list_members(v3.ListMembersRequest(pool.id, limit=70, marker=seen[-1], page_reverse=True))
    assert [member.id for member in answer.members] == seen[-71:-1]


def whitelists(elb):
    listener = elb.list_listeners(v2.ListListenersRequest(protocol_port=80)).listeners[0]
    pool = elb.list_pools(v2.ListPoolsRequest(member_address="192.168.20.11")).pools[0]
    assert elb.list_members(v2.ListMembersRequest(pool.id)).members[0].address == "192.168.20.11"
    assert len(elb.list_loadbalancers(v2.ListLoadbalancersRequest()).loadbalancers) == 1
    option = v2.CreateWhitelistReq(listener_id=listener.id, enable_whitelist=True, whitelist="203.0.113.10,198.51.100.0/24")
    made = elb.create_whitelist(v2.CreateWhitelistRequest(v2.CreateWhitelistRequestBody(option))).whitelist
    assert elb.list_whitelists(v2.ListWhitelistsRequest(listener_id=listener.id)).whitelists[0].id == made.id
    body = v2.UpdateWhitelistRequestBody(v2.UpdateWhitelistReq(enable_whitelist=False))
    assert elb.update_whitelist(v2.UpdateWhitelistRequest(made.id, body)).whitelist.enable_whitelist is False
    assert elb.show_whitelist(v2.ShowWhitelistRequest(made.id)).whitelist.whitelist == made.whitelist
    elb.delete_whitelist(v2.DeleteWhitelistRequest(made.id))
    refused(404, "ELB.9800", lambda: elb.show_whitelist(v2.ShowWhitelistRequest(made.id)))


def identity():
    """A token, and a temporary key made with it."""
    service = client(iam, GlobalCredentials(ACCESS, SECRET).with_iam_endpoint(URL))
    projects = service.keystone_list_projects(iam.KeystoneListProjectsRequest(name="cn-north-4")).projects
    assert [project.id for project in projects] == [PROJECT]
    user = iam.PwdPasswordUser(iam.PwdPasswordUserDomain("acme-account"), "soc-portal", "example-portal-password")
    scope = iam.AuthScope(project=iam.AuthScopeProject(name="cn-north-4"))
    auth = iam.PwdAuth(iam.PwdIdentity(["password"], iam.PwdPassword(user)), scope)
    body = iam.KeystoneCreateUserTokenByPasswordRequestBody(auth)
    answer = service.keystone_create_user_token_by_password(iam.KeystoneCreateUserTokenByPasswordRequest(body=body))
    assert answer.token.project.id == PROJECT
    token = answer.x_subject_token
    wanted = iam.TokenAuthIdentity(["token"], iam.IdentityToken(token, 900))
    body = iam.CreateTemporaryAccessKeyByTokenRequestBody(iam.TokenAuth(wanted))
    made = service.create_temporary_access_key_by_token(iam.CreateTemporaryAccessKeyByTokenRequest(body)).credential
    temporary = BasicCredentials(made.access, made.secret, PROJECT).with_security_token(made.securitytoken)
    user.password = "wrong"
    body = iam.KeystoneCreateUserTokenByPasswordRequestBody(auth)
    try:
        service.keystone_create_user_token_by_password(iam.KeystoneCreateUserTokenByPasswordRequest(body=body))
        raise AssertionError("a wrong password is refused")
    except ClientRequestException as error:
        assert error.status_code == 401 and "password" in error.error_msg, error
    return token, temporary


def main():
    token, temporary = identity()
    key = BasicCredentials(ACCESS, SECRET, PROJECT)
    for credentials in (key, temporary, token_credentials(token)):
        round_trip(client(v3, credentials))
        pages(client(v3, credentials))
        whitelists(client(v2, credentials))
    # Without a project: the SDK asks the identity service for that of the region.
    unnamed = BasicCredentials(ACCESS, SECRET).with_iam_endpoint(URL)
    region = Region("cn-north-4", URL)
    elb = v3.ElbClient.new_builder().with_credentials(unnamed).with_region(region).build()
    assert len(elb.list_listeners(v3.ListListenersRequest()).listeners) == 4

    listeners = v3.ListListenersRequest()
    refused(401, "APIGW.0301", lambda: client(v3, BasicCredentials(ACCESS, "wrong", PROJECT)).list_listeners(listeners))
    refused(401, "ELB.1103", lambda: client(v3, token_credentials("wrong")).list_listeners(listeners))
    foreign = BasicCredentials(ACCESS, SECRET, "2c8f3d4e5f6b4a7b0c1d2e3f4a5b6c7d")
    refused(403, "ELB.8903", lambda: client(v3, foreign).list_listeners(listeners))
    refused(400, "ELB.8902", lambda: client(v3, key).list_listeners(v3.ListListenersRequest(limit=2001)))
    print("the vendor's SDK gets along with it")


main()

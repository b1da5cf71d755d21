"""Pages of people, requests, quotes and data access."""

from django.urls import path

from projects.views import contract, covers, machine, people, requests, sign_on, site

_ORG = "orgs/<slug:org>/"
_PROJECT = _ORG + "projects/<slug:project>/"
_OIDC = "account/oidc/<str:provider_id>/login/"  # allauth's own addresses and names, which ours precede

urlpatterns = [
    path("projects/request/", requests.request_project, name="request_project"),
    path(_PROJECT + "withdraw/", requests.withdraw, name="withdraw_project"),
    path(_PROJECT + "access/", requests.data_access, name="data_access"),
    path(_PROJECT + "guideline/", requests.guideline, name="guideline"),
    path(_PROJECT + "machine/", machine.machine_wish, name="machine_wish"),
    path(_PROJECT + "quote/", contract.quote, name="quote"),
    path(_PROJECT + "members/", people.members, name="members"),
    path("organizations/new/", people.found, name="found_organization"),
    path(_ORG, people.organization, name="organization"),
    path(_ORG + "invite/", people.invite, name="invite"),
    path(_ORG + "leave/", people.leave, name="leave_organization"),
    path(_ORG + "members/<str:person>/role/", people.change_role, name="change_role"),
    path(_ORG + "members/<str:person>/remove/", people.remove, name="remove_member"),
    path(_ORG + "invitations/<int:invitation>/resend/", people.resend, name="resend_invitation"),
    path(_ORG + "invitations/<int:invitation>/withdraw/", people.withdraw_invitation, name="withdraw_invitation"),
    path("invitations/<str:token>/", people.invitation, name="invitation"),
    path("account/", site.account, name="account"),
    path("account/sessions/<int:session>/end/", site.end_session, name="end_session"),
    path(_OIDC, sign_on.start, name="openid_connect_login"),
    path(_OIDC + "callback/", sign_on.callback, name="openid_connect_callback"),
    path("outbox/", site.show_outbox, name="outbox"),
    # Before `store/<bucket>/<key>`, and no bucket has this name: theirs begin with a letter or a digit.
    path("store/-/<str:token>", covers.covered_object, name="covered_object"),
    path("healthz", site.healthz, name="healthz"),
]

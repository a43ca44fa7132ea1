from django.urls import path

from accounts.views.switch import switch_workspace

urlpatterns = [
    path("workspace/switch/", switch_workspace, name="switch_workspace"),
]

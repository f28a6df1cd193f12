{
  services.cc-ci = {
    enable = true;
    canonicals.notes.spec.app.health = [ { http.path = "/"; } ];
    warmServices.keycloak.spec = { };
    canonicals.nothing = { };
  };
}

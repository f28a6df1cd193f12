{
  services.cc-ci = {
    enable = true;
    settings.zone = "ci.example.org";
    canonicals.notes.spec.app.recipe = "notes";
    canonicals.other = { name = "notes"; source = ./files/wiki.yaml; };
    canonicals.again.spec.app.recipe = "notes";
    warmServices.canon-notes.spec.app.recipe = "keycloak";
    warmServices.proxy.spec.app = { recipe = "traefik"; domain = "warm-canon-again.ci.example.org"; };
  };
}

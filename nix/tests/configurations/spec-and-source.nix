{
  services.cc-ci = {
    enable = true;
    canonicals.wiki = { spec.app.recipe = "wiki"; source = ./files/wiki.yaml; };
    canonicals.far.source = "/etc/specs/far.yaml";
    canonicals.script.source = ./files/notes-tests/bin/login;
    profiles.nobody = ./files/notes-tests;
    profiles.far = "/etc/profiles/far";
  };
}

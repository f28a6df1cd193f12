{
  services.cc-ci = {
    enable = true;
    secretsFiles.literal = ./files/wiki.yaml;
    secretsFiles.stored = "${./files/wiki.yaml}";
    secretsFiles.relative = "secrets/token";
    secretsFiles."a:b" = "/run/keys/b";
    settings.forge = { url = "https://git.example.org"; tokenFile = ./files/wiki.yaml; };
    settings.alerts.sinks = [ { webhook = { url = "https://example.org"; secretFile = "${./files/wiki.yaml}"; }; } ];
    canonicals.notes.spec.app = {
      recipe = "notes";
      secrets.items = [ { name = "smtp_password"; file = ./files/wiki.yaml; } ];
    };
  };
}

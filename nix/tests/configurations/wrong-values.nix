{
  services.cc-ci = {
    enable = true;
    settings.resync = "ten minutes";
    settings.metrics.listen = 9464;
    settings.site.directory = "pages";
    settings.forge.url = "https://git.example.org";
    canonicals.Notes.spec.app.recipe = "notes";
    canonicals.wiki.spec = {
      seed = "Never";
      dataRetention = "7 days";
      keep.generations = 0;
      app = {
        recipe = "wiki";
        healthPasses = "2";
        env.PORT = 80;
        env."A-B" = "x";
        health = [ { http.path = "/"; tcp.port = 99999; } ];
        composeFiles = [ ];
      };
      ci.tests = [ { name = "login"; command = [ "./login" ]; } { name = "both"; } ];
      ci.upgrade.base.version = "1.0.0+1.0.0";
      ci.upgrade.env = [ "A=b" ];
    };
    canonicals.wiki.labels."not a key" = "x";
  };
}

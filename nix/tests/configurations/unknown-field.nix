{
  services.cc-ci = {
    enable = true;
    canonicals.notes.spec = {
      app.recipe = "notes";
      ci.mode = "Cold";
      ci.tests = [ { name = "home"; htp.path = "/"; } ];
    };
    sweeps.weekly.spec.shedule = "0 3 * * 0";
    settings.disk.flor = "5GiB";
  };
}

{
  # What an engine that was there before left in the configuration.
  virtualisation.docker.autoPrune = { enable = true; flags = [ "--volumes" ]; };

  services.cc-ci = {
    enable = true;
    user = "ci";
    settings.platform = "Abra";
    # Known to a later version, perhaps.
    settings.somethingNew = { depth = 3; };
  };
}

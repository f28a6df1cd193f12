{
  virtualisation.docker = {
    enable = true;
    liveRestore = true;
    autoPrune = { enable = true; allVolumes.enable = true; };
  };

  services.cc-ci = {
    enable = true;
    settings.platform = "Swarm";
  };
}

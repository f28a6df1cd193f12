# services.cc-ci: the controller as a unit, its configuration, and resources as spec files. See ./README.md.
{ config, lib, pkgs, ... }:
let
  cfg = config.services.cc-ci;
  settings = import ./settings.nix { inherit lib cfg; };
  resources = import ./resources.nix { inherit lib cfg; };
  secrets = import ./secrets.nix { inherit lib cfg; };
  generated = import ./generated.nix { inherit lib pkgs cfg settings resources; };
  units = import ./units.nix { inherit lib pkgs cfg settings secrets generated docker; };
  docker = config.virtualisation.docker or { };

  ports = lib.optionals cfg.openFirewall settings.openPorts;
  # Engines before 23 take --volumes for all of them.
  prunesVolumes =
    (docker.autoPrune.enable or false)
    && ((docker.autoPrune.allVolumes.enable or false) || lib.elem "--volumes" (docker.autoPrune.flags or [ ]));
  usesDocker = settings.platform == "Swarm" || settings.platform == "Abra";

  enabled = {
    services.cc-ci = {
      settings.stateDirectory = lib.mkDefault "/var/lib/cc-ci/state";
      settings.specDirectory = lib.mkDefault "/var/lib/cc-ci/specs";
      inherit (resources) files;
      inherit (generated) specs;
    };

    assertions = map (message: { assertion = false; inherit message; }) (settings.faults ++ resources.faults ++ secrets.faults);

    warnings =
      settings.warnings
      ++ units.abra
      ++ lib.optionals (cfg.openFirewall && ports == [ ]) [
        "services.cc-ci.openFirewall opens nothing: none of site.listen, metrics.listen and forge.webhook.listen listens beyond this machine."
      ]
      ++ lib.optionals (settings.platform == "Auto") [
        "services.cc-ci.settings.platform is Auto: the first start decides it by what answers then, and keeps it. Write Process, Swarm or Abra."
      ]
      ++ lib.optionals (usesDocker && !(docker.enable or false)) [
        "services.cc-ci.settings.platform is ${settings.platform}, and virtualisation.docker.enable is not set: without an engine at swarm.socket the controller ends, and is started again until there is one."
      ]
      ++ lib.optionals (usesDocker && (docker.enable or false) && (docker.liveRestore or false)) [
        "virtualisation.docker.liveRestore does not go with a swarm, which services.cc-ci needs: set it to false."
      ]
      ++ lib.optionals (usesDocker && prunesVolumes) [
        "virtualisation.docker.autoPrune removes volumes, and those of every Canonical are used by no container while it is undeployed: leave out --volumes, and allVolumes."
      ];

    environment.etc."cc-ci/cc-ci.yaml".source = generated.config;
    environment.systemPackages = [ cfg.package ];
    networking.firewall.allowedTCPPorts = ports;

    users.users = lib.mkIf (units.user == "cc-ci") {
      cc-ci = {
        isSystemUser = true;
        group = "cc-ci";
        home = "/var/lib/cc-ci";
        description = "cc-ci controller";
      };
    };
    users.groups = lib.mkIf (units.user != "root") { cc-ci = { }; };

    systemd.tmpfiles.rules = units.tmpfiles;
    systemd.services.cc-ci = units.controller;
    systemd.services.cc-ci-specs = units.specs;
  };
in
{
  imports = [ ./options.nix ];

  config = lib.mkMerge [
    # Read by whoever writes settings, whether or not the service is enabled here.
    { services.cc-ci.secretPaths = secrets.paths; }
    (lib.mkIf cfg.enable enabled)
  ];
}

# The options of NixOS that the module sets, with types that take what theirs take. A test over a real NixOS is ./vm.nix.
{ lib, ... }:
let
  inherit (lib) mkOption types;
  anything = mkOption { type = types.attrsOf types.anything; default = { }; };
  names = mkOption { type = types.listOf types.str; default = [ ]; };
  whatever = mkOption { type = types.listOf types.unspecified; default = [ ]; };
  text = mkOption { type = types.str; default = ""; };
  # Those of a service that are used here; another one is an error, as it would be there.
  service = types.submodule {
    options = {
      description = text;
      after = names;
      before = names;
      wants = names;
      wantedBy = names;
      restartTriggers = whatever;
      reloadTriggers = whatever;
      path = mkOption { type = types.listOf types.package; default = [ ]; };
      environment = mkOption { type = types.attrsOf types.str; default = { }; };
      unitConfig = anything;
      serviceConfig = anything;
    };
  };
in
{
  options = {
    assertions = mkOption { type = types.listOf types.unspecified; default = [ ]; };
    warnings = mkOption { type = types.listOf types.str; default = [ ]; };
    environment.etc = anything;
    environment.systemPackages = mkOption { type = types.listOf types.package; default = [ ]; };
    networking.firewall.allowedTCPPorts = mkOption { type = types.listOf types.port; default = [ ]; };
    systemd.tmpfiles.rules = names;
    systemd.services = mkOption { type = types.attrsOf service; default = { }; };
    users.users = mkOption {
      type = types.attrsOf (
        types.submodule {
          options = {
            isSystemUser = mkOption { type = types.bool; default = false; };
            group = text;
            home = text;
            description = text;
          };
        }
      );
      default = { };
    };
    users.groups = anything;
    virtualisation.docker = anything;
  };
}

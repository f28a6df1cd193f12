# The options of NixOS that the module sets, with types that take what theirs take. A test over a real NixOS is ./vm.nix.
{ lib, ... }:
let
  inherit (lib) mkOption types;
  anything = mkOption { type = types.attrsOf types.anything; default = { }; };
in
{
  options = {
    assertions = mkOption { type = types.listOf types.unspecified; default = [ ]; };
    warnings = mkOption { type = types.listOf types.str; default = [ ]; };
    environment.etc = anything;
    environment.systemPackages = mkOption { type = types.listOf types.package; default = [ ]; };
    networking.firewall.allowedTCPPorts = mkOption { type = types.listOf types.port; default = [ ]; };
    systemd.services = anything;
    users.users = anything;
    users.groups = anything;
    virtualisation.docker = anything;
  };
}

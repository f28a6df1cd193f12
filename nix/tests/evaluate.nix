# A configuration as the module makes units, files and messages of it: what a system would be built from.
{ lib, configuration }:
let
  pkgs = import ./pkgs-stub.nix { inherit lib; };
  evaluated = lib.evalModules {
    modules = [ ../module.nix ./nixos-stub.nix configuration { _module.args = { inherit pkgs; }; } ];
  };
  inherit (evaluated) config;
  failed = map ({ message, ... }: message) (builtins.filter ({ assertion, ... }: !assertion) config.assertions);
  etc = config.environment.etc."cc-ci/cc-ci.yaml".source;
  unit = name: config.systemd.services.${name};
in
if failed != [ ] then
  { errors = failed; }
else if !config.services.cc-ci.enable then
  { units = builtins.attrNames config.systemd.services; etc = builtins.attrNames config.environment.etc; }
else
  {
    inherit (config) warnings;
    settings = builtins.fromJSON etc.attributes.text;
    files = map (file: file // {
      text = if file.text == null then null else builtins.fromJSON file.text;
      source = if file.source == null then null else baseNameOf (toString file.source);
      profile = if file.profile == null then null else baseNameOf (toString file.profile);
    }) config.services.cc-ci.files;
    services = { cc-ci = unit "cc-ci"; cc-ci-specs = unit "cc-ci-specs"; };
    packages = map ({ name, ... }: name) config.environment.systemPackages;
    ports = config.networking.firewall.allowedTCPPorts;
    users = config.users;
  }

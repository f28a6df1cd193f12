# A configuration as the module makes units, files and messages of it: what a system would be built from.
{ lib, configuration, program ? null, writeText ? null }:
let
  pkgs = import ./pkgs-stub.nix { inherit lib program writeText; };
  evaluated = lib.evalModules {
    modules = [ ../module.nix ./nixos-stub.nix configuration { _module.args = { inherit pkgs; }; } ];
  };
  inherit (evaluated) config;
  inherit (config.services) cc-ci;
  failed = map ({ message, ... }: message) (builtins.filter ({ assertion, ... }: !assertion) config.assertions);
  etc = config.environment.etc."cc-ci/cc-ci.yaml".source;
  # What a unit says; what it leaves to NixOS is not recorded.
  said = lib.filterAttrs (_: value: !(builtins.elem value [ [ ] { } "" ]));
  nameOf = path: if path == null then null else baseNameOf (toString path);
  fileOf =
    file:
    file
    // {
      text = if file.text == null then null else builtins.fromJSON file.text;
      source = nameOf file.source;
      profile = nameOf file.profile;
    };
in
rec {
  # What the tests record.
  shown =
    if failed != [ ] then
      { errors = failed; }
    else if !cc-ci.enable then
      { units = builtins.attrNames config.systemd.services; etc = builtins.attrNames config.environment.etc; }
    else
      {
        inherit (config) warnings users;
        settings = builtins.fromJSON etc.attributes.text;
        files = map fileOf cc-ci.files;
        tmpfiles = config.systemd.tmpfiles.rules;
        services = lib.mapAttrs (_: said) config.systemd.services;
        packages = map ({ name, ... }: name) config.environment.systemPackages;
        ports = config.networking.firewall.allowedTCPPorts;
      };

  # What builds the two derivations, for a test that runs it.
  scripts = {
    config = { inherit (etc) script; inherit (etc.attributes) text; };
    specs = cc-ci.specs.script;
  };
}

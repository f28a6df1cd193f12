# Files with secrets, as credentials of the unit: read by systemd as root when it starts, never by Nix.
{ lib, cfg }:
let
  inherit (builtins) attrNames concatMap isPath match toString;
  option = name: "services.cc-ci.secretsFiles.${name}";
  faultsOf =
    name:
    let
      given = cfg.secretsFiles.${name};
      text = toString given;
    in
    lib.optionals (match "[A-Za-z0-9][A-Za-z0-9._-]*" name == null) [
      "${option (builtins.toJSON name)}: a credential cannot have this name. Use letters, digits, \".\", \"_\" and \"-\"."
    ]
    ++ (
      if isPath given then
        [ "${option name}: is a path literal: it would be copied to the store, which everybody on this machine can read. Write \"${text}\", in quotes, and see to it that the file is there." ]
      else if lib.hasPrefix "${builtins.storeDir}/" text then
        [ "${option name}: names a file of the store, which everybody on this machine can read. Name one outside, such as /run/agenix/${name}." ]
      else if !lib.hasPrefix "/" text then
        [ "${option name}: \"${text}\" is no absolute path. Name a file such as /run/agenix/${name}." ]
      else
        [ ]
    );
in
{
  faults = concatMap faultsOf (attrNames cfg.secretsFiles);
  credentials = map (name: "${name}:${toString cfg.secretsFiles.${name}}") (attrNames cfg.secretsFiles);
  paths = lib.mapAttrs (name: _: "/run/credentials/cc-ci.service/${name}") cfg.secretsFiles;
}

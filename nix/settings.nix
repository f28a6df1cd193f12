# The configuration file: what is wrong with it, what is written, what a running controller takes of it, and who can reach it.
{ lib, cfg }:
let
  inherit (builtins)
    attrNames
    concatMap
    elemAt
    filter
    fromJSON
    match
    readFile
    toJSON
    ;
  shapes = import ./shapes.nix { inherit lib; };
  known = (shapes.definition "config.schema.json" "ControllerConfig").schema.properties;
  path = [ "services" "cc-ci" "settings" ];

  written = shapes.withoutNulls cfg.settings;
  unknown = filter (name: !(known ? ${name})) (attrNames written);

  # By dotted path, from what the controller itself says of its fields.
  live = fromJSON (readFile ./live-fields.json);
  stepsOf = field: lib.splitString "." field;
  isLive = field: lib.elem field live;
  leaves =
    at: value:
    if shapes.isObject value && value != { } then
      concatMap (name: leaves (at ++ [ name ]) value.${name}) (attrNames value)
    else
      [ { field = lib.concatStringsSep "." at; inherit value; } ];
  all = leaves [ ] written;
  digest = part: builtins.hashString "sha256" (builtins.unsafeDiscardStringContext (toJSON part));

  # `host:port`, `[::]:port` or a port alone, which is one of this machine.
  listens = [ "site.listen" "metrics.listen" "forge.webhook.listen" ];
  listenOf =
    field:
    let
      text = lib.attrByPath (stepsOf field) null written;
      parts = if builtins.isString text then match "((.*):)?([1-9][0-9]*)" text else null;
      host = if parts == null || elemAt parts 1 == null then "127.0.0.1" else elemAt parts 1;
    in
    lib.optionals (parts != null) [ { inherit host; port = lib.toInt (elemAt parts 2); } ];
  # The units name them: systemd passes over a relative path, takes a space for the end of one, and replaces `%`.
  directoryFaults =
    field:
    let
      text = lib.attrByPath (stepsOf field) null written;
    in
    lib.optionals (builtins.isString text && match "/[^[:space:]%]*" text == null) [
      "${shapes.pathText (path ++ stepsOf field)}: found ${toJSON text}, expected an absolute path without spaces and %, for the units name it."
    ];
  isLoopback = { host, ... }: match "127[.].*|localhost|\\[?::1]?" host != null;
in
{
  inherit written unknown;

  platform = written.platform or "Auto";

  # What is not known is left to the program of the package, which is asked when the system is built.
  faults = shapes.faults {
    file = "config.schema.json";
    name = "ControllerConfig";
    inherit path;
    value = removeAttrs written unknown;
  } ++ concatMap directoryFaults [ "stateDirectory" "specDirectory" "site.directory" ];
  warnings = map (
    name: "${shapes.pathText (path ++ [ name ])} is not known to this module. The build asks services.cc-ci.package whether it is."
  ) unknown;

  text = toJSON written;
  # A change of the one reloads, of the other restarts.
  liveDigest = digest (filter ({ field, ... }: isLive field) all);
  restartDigest = digest (filter ({ field, ... }: !isLive field) all);

  openPorts = map ({ port, ... }: port) (filter (one: !isLoopback one) (concatMap listenOf listens));
}

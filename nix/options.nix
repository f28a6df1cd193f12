# What can be said below services.cc-ci.
{ lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  shapes = import ./shapes.nix { inherit lib; };

  # What YAML can say. Path literals are let through here, so that ./shapes.nix can say what is wrong with them.
  value =
    types.nullOr (
      types.oneOf [
        types.bool
        types.int
        types.float
        types.str
        types.path
        (types.attrsOf value)
        (types.listOf value)
      ]
    )
    // {
      description = "value of YAML";
    };
  mapping = types.attrsOf value // { description = "mapping of YAML"; };

  # A field of the configuration that is known, from its schema.
  settingOf =
    _: field:
    let
      inherit (shapes.resolved "config.schema.json" field) schema;
      scalar = if schema ? enum then types.enum schema.enum else { string = types.str; integer = types.int; }.${schema.type};
      type = { array = types.listOf value; object = mapping; }.${schema.type} or scalar;
    in
    mkOption {
      type = types.nullOr type;
      default = null;
      description = schema.description or "";
    };

  resourceOf =
    { kind, example }:
    types.submodule (
      { name, ... }:
      {
        options = {
          name = mkOption {
            type = types.str;
            default = name;
            description = "Name of the object.";
          };
          labels = mkOption {
            type = types.attrsOf types.str;
            default = { };
            description = "Labels of the object, which selectors look at.";
          };
          annotations = mkOption {
            type = types.attrsOf types.str;
            default = { };
            description = "Notes of people on the object.";
          };
          spec = mkOption {
            type = types.nullOr mapping;
            default = null;
            inherit example;
            description = "What is wanted: the spec of a ${kind}, checked when the configuration is evaluated. See docs/reference.";
          };
          source = mkOption {
            type = types.nullOr types.path;
            default = null;
            example = lib.literalExpression "./specs/notes.yaml";
            description = "A spec file of that kind and name instead of `spec`, checked when the system is built.";
          };
        };
      }
    );
  resources =
    { kind, example, what }:
    mkOption {
      type = types.attrsOf (resourceOf { inherit kind example; });
      default = { };
      description = "${what} Each becomes a file of kind ${kind} in the spec directory, behind the link `nix`.";
    };
in
{
  options.services.cc-ci = {
    enable = lib.mkEnableOption "cc-ci, which tests recipes of Co-op Cloud and keeps them warm";

    package = mkOption {
      type = types.package;
      default = pkgs.cc-ci or (pkgs.callPackage ./package.nix { });
      defaultText = lib.literalExpression "pkgs.cc-ci, or the package of this repository";
      description = "The package with cc-controller and ccctl.";
    };

    user = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "ci";
      description = ''
        User of the controller. By default `cc-ci` on the platform Process, and root elsewhere: the controller copies data from
        and to the directories in which the engine keeps volumes. Another user has to exist.
      '';
    };

    extraPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.python3 pkgs.abra ]";
      description = "Programs for hooks and tests of recipes, and for apps of the platform Process, besides git, tar and docker.";
    };

    settings = mkOption {
      type = types.submodule {
        freeformType = mapping;
        options = lib.mapAttrs settingOf (shapes.definition "config.schema.json" "ControllerConfig").schema.properties;
      };
      default = { };
      example = {
        zone = "ci.example.org";
        recipeSource = "https://git.coopcloud.tech/coop-cloud/{recipe}.git";
        platform = "Swarm";
      };
      description = ''
        The configuration, `/etc/cc-ci/cc-ci.yaml`. Fields that this module does not know are written as they are; the program of
        the package is asked about them when the system is built.
      '';
    };

    warmServices = resources {
      kind = "WarmService";
      what = "Apps that run all the time, and are upgraded when it is safe.";
      example = { app.recipe = "keycloak"; };
    };

    canonicals = resources {
      kind = "Canonical";
      what = "Enrolled recipes, with how their runs test them.";
      example = {
        app = { recipe = "notes"; health = [ { http.path = "/healthz"; } ]; };
        ci.tests = [ { name = "home"; http.contains = "notes"; } ];
      };
    };

    sweeps = resources {
      kind = "Sweep";
      what = "When every recipe with a new version is tested.";
      example = { schedule = "0 3 * * 0"; };
    };

    profiles = mkOption {
      type = types.attrsOf types.path;
      default = { };
      example = lib.literalExpression "{ notes = ./profiles/notes; }";
      description = ''
        Directories of the hooks and tests that Canonicals of these names run `from: Profile`. The files that may be executed
        here may be there.
      '';
    };

    secretsFiles = mkOption {
      type = types.attrsOf (types.either types.path types.str);
      default = { };
      example = { forge-token = "/run/agenix/forge-token"; };
      description = ''
        Files with something secret in them, outside of the store, which the controller is given as credentials of its unit. Only
        root has to be able to read them. Where one is asked for, write `config.services.cc-ci.secretPaths.<name>`.
      '';
    };

    secretPaths = mkOption {
      type = types.attrsOf types.str;
      readOnly = true;
      description = "Where the controller finds what `secretsFiles` names.";
    };

    openFirewall = mkOption {
      type = types.bool;
      default = false;
      description = ''
        Open the ports of `site.listen`, `metrics.listen` and `forge.webhook.listen` that listen beyond this machine. None of them
        asks for a password.
      '';
    };

    files = mkOption {
      type = types.listOf types.unspecified;
      readOnly = true;
      internal = true;
      description = "The spec files, before they are built.";
    };

    specs = mkOption {
      type = types.package;
      readOnly = true;
      description = "The built directory of spec files, which `cc-ci-specs.service` puts in force.";
    };
  };
}

# Resources of the configuration: what is wrong with them, and the spec files that they become.
{ lib, cfg }:
let
  inherit (builtins)
    attrNames
    concatMap
    filter
    isPath
    length
    toJSON
    toString
    ;
  shapes = import ./shapes.nix { inherit lib; };
  option = path: shapes.pathText ([ "services" "cc-ci" ] ++ path);

  kinds = {
    warmServices = { kind = "WarmService"; schema = "warm-service.schema.json"; prefix = "warm-"; };
    canonicals = { kind = "Canonical"; schema = "canonical.schema.json"; prefix = "warm-canon-"; };
    sweeps = { kind = "Sweep"; schema = "sweep.schema.json"; prefix = null; };
  };

  # As `ccctl apply` names the file of a new object.
  stemOf = { kind, name, ... }: "${lib.toLower kind}-${name}";

  resources = concatMap (
    set:
    map (
      attribute:
      let
        given = cfg.${set}.${attribute};
      in
      kinds.${set}
      // {
        path = [ set attribute ];
        inherit (given) name source;
        spec = shapes.withoutNulls given.spec;
        metadata =
          { inherit (given) name; }
          // lib.optionalAttrs (given.labels != { }) { inherit (given) labels; }
          // lib.optionalAttrs (given.annotations != { }) { inherit (given) annotations; };
      }
    ) (attrNames cfg.${set})
  ) (attrNames kinds);

  described = filter ({ spec, ... }: spec != null) resources;

  # Exactly one of the two says what is wanted.
  wayFaults =
    { path, spec, source, ... }:
    if spec != null && source != null then
      [ "${option path}: spec and source are both given. Keep one of them." ]
    else if spec == null && source == null then
      [ "${option path}: neither spec nor source is given. Describe it in spec, or name its file in source." ]
    else
      [ ];

  sourceFaults =
    { path, source, ... }:
    let
      text = toString source;
      here = option (path ++ [ "source" ]);
    in
    lib.optionals (source != null) (
      lib.optionals (builtins.match ".*[.](yaml|yml|json)" text == null) [
        "${here}: ${text} is no spec file. Its name ends in .yaml, .yml or .json."
      ]
      ++ lib.optionals (!isPath source && !lib.hasPrefix "${builtins.storeDir}/" text) [
        "${here}: \"${text}\" is a text, and no build can read what is not in the store. Write it as a path literal, without quotes."
      ]
    );

  shapeFaults =
    { path, spec, kind, schema, metadata, ... }:
    shapes.faults {
      file = "common.schema.json";
      name = "Metadata";
      path = [ "services" "cc-ci" ] ++ path;
      value = metadata;
    }
    ++ lib.optionals (spec != null) (
      shapes.faults {
        file = schema;
        name = "${kind}Spec";
        path = [ "services" "cc-ci" ] ++ path ++ [ "spec" ];
        value = spec;
      }
    );

  # Two that share what only one can have. `what` says it of the pair.
  twice =
    { keyOf, what, remedy }: among:
    let
      keyed = filter ({ key, ... }: key != null) (map (one: { inherit one; key = keyOf one; }) among);
      groups = lib.groupBy ({ key, ... }: key) keyed;
      told = key: let options = map ({ one, ... }: option one.path) groups.${key}; in
        lib.optionals (length options > 1) [ "${lib.concatStringsSep " and " options}: ${what key}. ${remedy}" ];
    in
    concatMap told (attrNames groups);

  recipeOf = { kind, spec, ... }: if kind == "Canonical" then textAt [ "app" "recipe" ] spec else null;
  textAt = path: value: let found = lib.attrByPath path null value; in if builtins.isString found then found else null;
  zone = if cfg.settings.zone or null == null then "ci.localhost" else cfg.settings.zone;
  domainOf =
    { prefix, name, spec, ... }:
    let
      own = textAt [ "app" "domain" ] spec;
    in
    if prefix == null then null else if own != null then own else "${prefix}${name}.${zone}";

  pairFaults =
    twice {
      keyOf = { kind, name, ... }: "${kind}/${name}";
      what = key: "both describe ${key}";
      remedy = "Give one of them another name.";
    } resources
    ++ twice {
      keyOf = recipeOf;
      what = key: "both enrol the recipe ${key}";
      remedy = "There is one Canonical per recipe; remove one of them.";
    } described
    ++ twice {
      keyOf = domainOf;
      what = key: "both have the domain ${key}";
      remedy = "Give one of them another spec.app.domain.";
    } described;

  profileOf = name: cfg.profiles.${name} or null;
  profileFaults = concatMap (
    name:
    let
      here = option [ "profiles" name ];
    in
    lib.optionals (!lib.any (one: one.kind == "Canonical" && one.name == name) resources) [
      "${here}: there is no Canonical ${name}. Declare services.cc-ci.canonicals.${name}, or remove the profile."
    ]
    ++ lib.optionals (!isPath (profileOf name) && !lib.hasPrefix "${builtins.storeDir}/" "${toString (profileOf name)}") [
      "${here}: \"${toString (profileOf name)}\" is a text, and no build can read what is not in the store. Write it as a path literal, without quotes."
    ]
  ) (attrNames cfg.profiles);

  fileOf =
    resource:
    let
      isSource = resource.source != null;
    in
    {
      name = "${stemOf resource}.yaml";
      object = "${lib.toLower resource.kind}/${resource.name}";
      # JSON is YAML. One name for both ways: who exchanges spec for source moves no file.
      text =
        if isSource then
          null
        else
          toJSON {
            apiVersion = "cc-ci/v1";
            inherit (resource) kind metadata spec;
          };
      source = if isSource then resource.source else null;
      profile = if resource.kind == "Canonical" then profileOf resource.name else null;
      profileName = "${stemOf resource}.ci";
    };
in
{
  faults = concatMap (one: wayFaults one ++ sourceFaults one ++ shapeFaults one) resources ++ pairFaults ++ profileFaults;
  files = map fileOf resources;
}

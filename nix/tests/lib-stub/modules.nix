# Modules, as far as ./../.. uses them: options and their types, definitions with conditions and priorities, imports.
let
  inherit (builtins)
    all
    attrNames
    attrValues
    concatMap
    concatStringsSep
    elem
    filter
    foldl'
    functionArgs
    genList
    hasAttr
    head
    intersectAttrs
    isAttrs
    isFunction
    isList
    isPath
    isString
    length
    listToAttrs
    map
    mapAttrs
    removeAttrs
    tail
    toJSON
    typeOf
    ;

  mkIf = condition: content: { _type = "if"; inherit condition content; };
  mkMerge = contents: { _type = "merge"; inherit contents; };
  mkOverride = priority: content: { _type = "override"; inherit priority content; };
  mkOption = attributes: attributes // { _type = "option"; };
  isA = kind: value: isAttrs value && value._type or null == kind;

  locText = concatStringsSep ".";
  unique = foldl' (seen: one: if elem one seen then seen else seen ++ [ one ]) [ ];
  keysOf = sets: unique (concatMap attrNames sets);

  # Definitions of one option without conditions, each with its priority.
  plain =
    value:
    if isA "if" value then
      (if value.condition then plain value.content else [ ])
    else if isA "merge" value then
      concatMap plain value.contents
    else if isA "override" value then
      map (one: one // { inherit (value) priority; }) (plain value.content)
    else
      [ { priority = 100; inherit value; } ];

  # What definitions say of a name, with the conditions that they stand under: those need not be known to know the names.
  below =
    name: value:
    if isA "if" value then
      map (mkIf value.condition) (below name value.content)
    else if isA "merge" value then
      concatMap (below name) value.contents
    else if isA "override" value then
      map (mkOverride value.priority) (below name value.content)
    else if isAttrs value && hasAttr name value then
      [ value.${name} ]
    else
      [ ];

  namesIn =
    value:
    if isA "if" value || isA "override" value then
      namesIn value.content
    else if isA "merge" value then
      concatMap namesIn value.contents
    else if isAttrs value then
      attrNames value
    else
      [ ];

  # The value of one option: the definitions of the strongest priority, checked and merged by its type.
  valueOf =
    loc: option: definitions:
    let
      found = concatMap plain definitions ++ defaults;
      defaults = if option ? default then [ { priority = 1500; value = option.default; } ] else [ ];
      strongest = foldl' (least: one: if one.priority < least then one.priority else least) 9999 found;
      values = map ({ value, ... }: value) (filter ({ priority, ... }: priority == strongest) found);
      given = filter ({ priority, ... }: priority < 1500) found;
    in
    if option.readOnly or false && length given > 1 then
      throw "The option `${locText loc}' is read-only, but it's set multiple times."
    else if found == [ ] then
      throw "The option `${locText loc}' was accessed but has no value defined. Try setting the option."
    else
      mergeAs option.type loc values;

  mergeAs =
    type: loc: values:
    if all type.check values then
      type.merge loc values
    else
      throw "A definition for option `${locText loc}' is not of type `${type.description}'.";

  mergeEqual =
    loc: values:
    if all (one: one == head values) values then
      head values
    else
      throw "The option `${locText loc}' has conflicting definition values.";

  scalar = description: check: { inherit description check; merge = mergeEqual; };

  isStringLike = value: isString value || isPath value || (isAttrs value && value ? outPath);

  types = rec {
    bool = scalar "boolean" builtins.isBool;
    int = scalar "signed integer" builtins.isInt;
    float = scalar "floating point number" builtins.isFloat;
    str = scalar "string" isString;
    path = scalar "absolute path" (value: isStringLike value && builtins.substring 0 1 (toString value) == "/");
    package = scalar "package" (value: isAttrs value && value.type or null == "derivation");
    port = scalar "16 bit unsigned integer; between 0 and 65535 (both inclusive)" (
      value: builtins.isInt value && value >= 0 && value < 65536
    );
    enum = values: scalar "one of ${concatStringsSep ", " (map toJSON values)}" (value: elem value values);
    unspecified = scalar "unspecified value" (_: true);
    anything = {
      description = "anything";
      check = _: true;
      merge =
        loc: values:
        if all (value: isAttrs value && !(value ? outPath)) values then
          (attrsOf anything).merge loc values
        else if all isList values && length values > 1 then
          builtins.concatLists values
        else
          mergeEqual loc values;
    };
    nullOr = type: {
      description = "null or ${type.description}";
      check = value: value == null || type.check value;
      merge = loc: values: if all (value: value == null) values then null else type.merge loc values;
    };
    either = a: b: {
      description = "${a.description} or ${b.description}";
      check = value: a.check value || b.check value;
      merge = loc: values: if all a.check values then a.merge loc values else b.merge loc values;
    };
    oneOf = list: if tail list == [ ] then head list else either (head list) (oneOf (tail list));
    listOf = type: {
      description = "list of ${type.description}";
      check = isList;
      merge =
        loc: values:
        let
          items = builtins.concatLists values;
        in
        genList (
          at: valueOf (loc ++ [ "[definition 1-entry ${toString (at + 1)}]" ]) { inherit type; } [ (builtins.elemAt items at) ]
        ) (length items);
    };
    attrsOf = type: {
      description = "attribute set of ${type.description}";
      check = isAttrs;
      merge =
        loc: values:
        let
          names = unique (concatMap namesIn values);
          definitionsOf = name: concatMap (below name) values;
          isDefined = name: concatMap plain (definitionsOf name) != [ ];
        in
        listToAttrs (
          map (name: { inherit name; value = valueOf (loc ++ [ name ]) { inherit type; } (definitionsOf name); }) (
            filter isDefined names
          )
        );
    };
    submodule = module: {
      description = "submodule";
      check = value: isAttrs value || isFunction value;
      merge =
        loc: values:
        (evaluate {
          prefix = loc;
          modules = [ module ] ++ map (value: { config = value; }) values;
          arguments.name = builtins.elemAt loc (length loc - 1);
        }).config;
    };
  };

  collected =
    arguments: module:
    let
      loaded = if isPath module || isString module then import module else module;
      # A function is given what it asks for, and all there is where it takes more.
      called = if isFunction loaded then loaded (intersectAttrs (functionArgs loaded) arguments // arguments) else loaded;
      isLong = called ? options || called ? config || called ? imports;
      own = removeAttrs called [ "imports" "options" "config" "freeformType" ];
    in
    concatMap (collected arguments) (called.imports or [ ])
    ++ [
      {
        options = called.options or { };
        freeformType = called.freeformType or null;
        config = if isLong then called.config or { } else own;
      }
    ];

  evaluate =
    { modules, prefix, arguments }:
    let
      given = arguments // { inherit config; lib = import ./.; } // moduleArguments;
      # These are given to all modules, and so cannot depend on what one of them says.
      moduleArguments = foldl' (all': module: all' // (if isAttrs module then module._module.args or { } else { })) { } modules;
      parts = concatMap (collected given) (map (module: if isAttrs module then removeAttrs module [ "_module" ] else module) modules);
      freeform = filter (type: type != null) (map ({ freeformType, ... }: freeformType) parts);
      options = map ({ options, ... }: options) parts;
      definitions = map (part: part.config) parts;

      # The tree of options, and beside it the definitions of each.
      tree =
        loc: trees: values:
        let
          names = keysOf trees;
          optionsOf = name: map (one: one.${name}) (filter (hasAttr name) trees);
          valuesOf = name: concatMap (below name) values;
          unknown = filter (name: !elem name names && concatMap plain (valuesOf name) != [ ]) (unique (concatMap namesIn values));
          strays =
            if unknown == [ ] then
              { }
            else if freeform != [ ] && loc == prefix then
              (head freeform).merge loc (map (value: listToAttrs (concatMap (name: map (one: { inherit name; value = one; }) (below name value)) unknown)) values)
            else
              throw "The option `${locText (loc ++ [ (head unknown) ])}' does not exist.";
        in
        strays
        // listToAttrs (
          map (name: {
            inherit name;
            value =
              if isA "option" (head (optionsOf name)) then
                valueOf (loc ++ [ name ]) (head (optionsOf name)) (valuesOf name)
              else
                tree (loc ++ [ name ]) (optionsOf name) (valuesOf name);
          }) names
        );
      config = tree prefix options definitions;
    in
    { inherit config; };
in
{
  inherit mkIf mkMerge mkOption types;
  mkDefault = mkOverride 1000;
  mkForce = mkOverride 50;
  mkEnableOption = name: mkOption { type = types.bool; default = false; description = "Whether to enable ${name}."; };
  literalExpression = text: { _type = "literalExpression"; inherit text; };
  evalModules = { modules }: evaluate { inherit modules; prefix = [ ]; arguments = { }; };
}

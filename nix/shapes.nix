# Judges a value by a definition of ../schemas, at evaluation: what is wrong comes as sentences that begin with the option.
# Read is what these schemas use of JSON Schema. What a schema cannot say (time zones, schedules) `ccctl validate` says when
# the system is built.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatMap
    elem
    elemAt
    filter
    fromJSON
    genList
    head
    isAttrs
    isList
    isPath
    isString
    length
    match
    readFile
    removeAttrs
    replaceStrings
    stringLength
    substring
    toJSON
    typeOf
    ;

  names = [ "common" "warm-service" "canonical" "run" "sweep" "config" ];
  files = lib.genAttrs (map (name: "${name}.schema.json") names) (file: fromJSON (readFile (../schemas + "/${file}")));

  # The schema that one stands for, and the file in which its own references are looked up.
  resolve =
    { file, schema }:
    if !(schema ? "$ref") then
      { inherit file schema; }
    else
      let
        parts = match "([^#]*)#/[$]defs/(.+)" schema."$ref";
        there = if head parts == "" then file else head parts;
        found = resolve { file = there; schema = files.${there}."$defs".${elemAt parts 1}; };
      in
      found // { schema = found.schema // removeAttrs schema [ "$ref" ]; };

  definition = file: name: resolve { inherit file; schema.${"$ref"} = "#/$defs/${name}"; };

  # A derivation stands for its path, as everywhere in Nix.
  isObject = value: isAttrs value && !(value ? outPath);

  # Null is absent, as in the files.
  withoutNulls =
    value:
    if isObject value then
      lib.mapAttrs (_: withoutNulls) (lib.filterAttrs (_: inner: inner != null) value)
    else if isList value then
      map withoutNulls value
    else
      value;

  # `services.cc-ci.canonicals.notes.spec.ci.tests.[0].http`
  stepText = step: if match "[A-Za-z_][A-Za-z0-9_'-]*|\\[[0-9]+]" step == null then toJSON step else step;
  pathText = path: lib.concatStringsSep "." (map stepText path);

  kindOf =
    value:
    {
      set = if isObject value then "object" else "string";
      list = "array";
      bool = "boolean";
      int = "integer";
      float = "number";
      string = "string";
      path = "path";
      null = "null";
    }
    .${typeOf value} or "function";

  words = {
    object = "an attribute set";
    array = "a list";
    boolean = "true or false";
    integer = "a whole number";
    number = "a number";
    string = "a text";
    path = "a path literal";
    null = "null";
    function = "a function";
  };

  shown =
    value:
    let
      kind = kindOf value;
      text = toJSON value;
    in
    if elem kind [ "boolean" "integer" "number" ] then
      text
    else if kind == "string" then
      (if stringLength text > 60 then "${substring 0 60 text}…" else text)
    else
      words.${kind};

  listed = values: lib.concatMapStringsSep ", " (value: if isString value then value else toJSON value) values;

  fault = path: message: [ "${pathText path}: ${message}" ];

  inherit (import ./patterns.nix { inherit lib; }) matches;

  rules = {
    type =
      { schema, path, value, ... }:
      let
        kind = kindOf value;
        fits = kind == schema.type || (schema.type == "number" && kind == "integer");
      in
      lib.optionals (!fits) (fault path "found ${shown value}, expected ${words.${schema.type}}.");
    enum =
      { schema, path, value, ... }:
      lib.optionals (!elem value schema.enum) (fault path "found ${shown value}, expected one of ${listed schema.enum}.");
    const =
      { schema, path, value, ... }:
      lib.optionals (value != schema.const) (fault path "found ${shown value}, expected ${shown schema.const}.");
    pattern =
      { schema, path, value, ... }:
      let
        form = if schema ? examples then "Examples: ${listed schema.examples}." else "It is to match ${schema.pattern}.";
      in
      lib.optionals (isString value && !matches schema.pattern value) (
        fault path "found ${shown value}, which is not of the right form. ${form}"
      );
    minLength =
      { schema, path, value, ... }:
      lib.optionals (isString value && stringLength value < schema.minLength) (fault path "is empty. Write something, or remove it.");
    maxLength =
      { schema, path, value, ... }:
      lib.optionals (isString value && stringLength value > 4 * schema.maxLength) (
        fault path "is longer than ${toString schema.maxLength} characters."
      );
    minimum =
      { schema, path, value, ... }:
      lib.optionals (isNumber value && value < schema.minimum) (
        fault path "found ${shown value}, expected ${toString schema.minimum} or more."
      );
    maximum =
      { schema, path, value, ... }:
      lib.optionals (isNumber value && value > schema.maximum) (
        fault path "found ${shown value}, expected ${toString schema.maximum} or less."
      );
    minItems =
      { schema, path, value, ... }:
      lib.optionals (isList value && length value < schema.minItems) (
        fault path "needs at least ${toString schema.minItems} in the list, or remove it."
      );
    maxItems =
      { schema, path, value, ... }:
      lib.optionals (isList value && length value > schema.maxItems) (
        fault path "has more than ${toString schema.maxItems} in the list."
      );
    uniqueItems =
      { path, value, ... }:
      lib.optionals (isList value && length (lib.unique value) < length value) (fault path "has the same twice in the list.");
    items =
      { file, schema, path, value, ... }:
      lib.optionals (isList value) (
        lib.concatLists (
          genList (
            at:
            judge {
              inherit file;
              schema = schema.items;
              path = path ++ [ "[${toString at}]" ];
              value = elemAt value at;
            }
          ) (length value)
        )
      );
    properties =
      { file, schema, path, value, ... }:
      lib.optionals (isObject value) (
        concatMap (
          name:
          judge {
            inherit file;
            schema = schema.properties.${name};
            path = path ++ [ name ];
            value = value.${name};
          }
        ) (filter (name: schema.properties ? ${name}) (attrNames value))
      );
    additionalProperties =
      { file, schema, path, value, ... }:
      let
        known = schema.properties or { };
        unknown = filter (name: !(known ? ${name})) (attrNames value);
        unknownField = name: fault (path ++ [ name ]) "there is no such field. ${meant name (attrNames known)}";
        judged =
          name:
          judge {
            inherit file;
            schema = schema.additionalProperties;
            path = path ++ [ name ];
            value = value.${name};
          };
      in
      lib.optionals (isObject value) (
        concatMap (if isAttrs schema.additionalProperties then judged else unknownField) unknown
      );
    propertyNames =
      { schema, path, value, ... }:
      lib.optionals (isObject value) (
        concatMap (
          name:
          lib.optionals (!matches schema.propertyNames.pattern name) (
            fault (path ++ [ name ]) "is no name here: it is not of the form ${schema.propertyNames.pattern}."
          )
        ) (attrNames value)
      );
    required =
      { file, schema, path, value, ... }:
      lib.optionals (isObject value) (
        concatMap (
          name:
          let
            about = (resolve { inherit file; schema = schema.properties.${name} or { }; }).schema.description or "";
          in
          lib.optionals (!(value ? ${name})) (fault path "${name} is missing. Add ${name}: ${about}")
        ) schema.required
      );
    dependentRequired =
      { schema, path, value, ... }:
      lib.optionals (isObject value) (
        concatMap (
          name:
          concatMap (
            needed: lib.optionals (value ? ${name} && !(value ? ${needed})) (fault path "${name} is given without ${needed}. Add ${needed}.")
          ) schema.dependentRequired.${name}
        ) (attrNames schema.dependentRequired)
      );
    # Everywhere a list of fields one of which is to be there.
    oneOf =
      { schema, path, value, ... }:
      let
        fields = concatMap (each: each.required) schema.oneOf;
        given = filter (name: value ? ${name}) fields;
      in
      lib.optionals (isObject value && length given != 1) (
        fault path "${if given == [ ] then "none is given" else "${lib.concatStringsSep " and " given} are given"} of ${lib.concatStringsSep ", " fields}. Give exactly one."
      );
    "if" =
      { file, schema, path, value, ... }:
      let
        holds = part: judge { inherit file path value; schema = part; } == [ ];
        branch = if holds schema."if" then schema."then" or { } else schema."else" or { };
      in
      lib.optionals (isObject value) (judge { inherit file path value; schema = branch; });
    not =
      { file, schema, path, value, ... }:
      lib.optionals (judge { inherit file path value; schema = schema.not; } == [ ]) (
        fault path "${lib.concatStringsSep ", " (schema.not.required or [ ])} does not belong here. Remove it, or what forbids it."
      );
  };

  isNumber = value: elem (kindOf value) [ "integer" "number" ];

  meant =
    name: known:
    let
      near = filter (each: lib.strings.levenshteinAtMost 2 name each) known;
    in
    if near == [ ] then "Known fields here: ${lib.concatStringsSep ", " known}." else "Did you mean ${head near}?";

  # Fields that name files with something secret in them.
  secretFields = [ "passwordFile" "secretFile" "tokenFile" "file" ];
  isInStore = text: lib.hasPrefix "${builtins.storeDir}/" text;

  # Path literals are copied to the store by whoever writes them into a file, and the store is open to everybody.
  leaks =
    { path, value }:
    let
      isSecret = elem (lib.last path) secretFields;
      open = "which everybody on this machine can read";
      remedy = "Name the file in services.cc-ci.secretsFiles, and write services.cc-ci.secretPaths.<name> here.";
    in
    if isPath value then
      fault path (
        "is a path literal: it would be copied to the store, ${open}. "
        + (if isSecret then remedy else "Write it as a text in quotes, or as \"\${./file}\" where the store is meant.")
      )
    else if isSecret && isString value && isInStore value then
      fault path "names a file of the store, ${open}. ${remedy}"
    else
      [ ];

  judge =
    { file, schema, path, value }:
    let
      here = resolve { inherit file schema; };
      context = here // { inherit path value; };
      leaked = leaks { inherit path value; };
      mistyped = if here.schema ? type then rules.type context else [ ];
      others = removeAttrs rules [ "type" ];
      applying = filter (name: here.schema ? ${name}) (attrNames others);
    in
    if leaked != [ ] then
      leaked
    else if mistyped != [ ] then
      mistyped
    else
      concatMap (name: others.${name} context) applying;
in
{
  inherit withoutNulls pathText definition isObject matches;

  # A schema with its references followed.
  resolved = file: schema: resolve { inherit file schema; };

  # Sentences, none where the value is as the definition says. `path` is the option, as a list of names.
  faults =
    { file, name, path, value }:
    judge {
      inherit path value;
      inherit (definition file name) file schema;
    };
}

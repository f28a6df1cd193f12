# The functions of nixpkgs' lib that ./.. uses, with what they mean there, for machines without nixpkgs. Where a real one is
# given, every test runs with that too, and both have to agree.
let
  inherit (builtins)
    attrNames
    concatLists
    elem
    filter
    foldl'
    genList
    hasAttr
    head
    isString
    length
    listToAttrs
    map
    mapAttrs
    removeAttrs
    replaceStrings
    stringLength
    substring
    tail
    ;
in
rec {
  inherit concatLists elem mapAttrs;
  any = builtins.any;
  id = value: value;
  last = list: builtins.elemAt list (length list - 1);
  optional = condition: value: if condition then [ value ] else [ ];
  optionals = condition: list: if condition then list else [ ];
  optionalString = condition: text: if condition then text else "";
  optionalAttrs = condition: set: if condition then set else { };
  unique = foldl' (seen: value: if elem value seen then seen else seen ++ [ value ]) [ ];

  genAttrs = names: f: listToAttrs (map (name: { inherit name; value = f name; }) names);
  filterAttrs = f: set: removeAttrs set (filter (name: !f name set.${name}) (attrNames set));
  groupBy = keyOf: list: genAttrs (unique (map keyOf list)) (key: filter (value: keyOf value == key) list);
  attrByPath =
    path: fallback: set:
    if path == [ ] then
      set
    else if builtins.isAttrs set && hasAttr (head path) set then
      attrByPath (tail path) fallback set.${head path}
    else
      fallback;

  concatStringsSep = builtins.concatStringsSep;
  concatMapStringsSep = separator: f: list: concatStringsSep separator (map f list);
  concatMapStrings = concatMapStringsSep "";
  hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
  hasSuffix =
    suffix: text:
    stringLength text >= stringLength suffix && substring (stringLength text - stringLength suffix) (-1) text == suffix;
  removePrefix = prefix: text: if hasPrefix prefix text then substring (stringLength prefix) (-1) text else text;
  removeSuffix =
    suffix: text: if hasSuffix suffix text then substring 0 (stringLength text - stringLength suffix) text else text;
  splitString = separator: text: filter isString (builtins.split (escapeDot separator) text);
  escapeDot = replaceStrings [ "." ] [ "[.]" ];
  toLower = replaceStrings upper lower;
  upper = characters "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  lower = characters "abcdefghijklmnopqrstuvwxyz";
  characters = text: genList (at: substring at 1 text) (stringLength text);
  toInt = builtins.fromJSON;
  escapeShellArg =
    value:
    let
      text = toString value;
    in
    if builtins.match "[[:alnum:],._+:@%/-]+" text != null then text else "'${replaceStrings [ "'" ] [ "'\\''" ] text}'";
  versionAtLeast = a: b: builtins.compareVersions a b >= 0;

  # The texts here are short.
  strings.levenshteinAtMost =
    most: a: b:
    let
      bounded =
        left: x: y:
        if left < 0 then
          false
        else if x == [ ] || y == [ ] then
          length x + length y <= left
        else if head x == head y then
          bounded left (tail x) (tail y)
        else
          bounded (left - 1) (tail x) y || bounded (left - 1) x (tail y) || bounded (left - 1) (tail x) (tail y);
    in
    bounded most (characters a) (characters b);

  inherit (import ./modules.nix)
    evalModules
    literalExpression
    mkDefault
    mkEnableOption
    mkForce
    mkIf
    mkMerge
    mkOption
    types
    ;
}

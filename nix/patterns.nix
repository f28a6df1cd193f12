# Patterns of ../schemas, which are written for ECMAScript, as the extended expressions of POSIX that `match` takes. Known is
# what the schemas use; a test compares both over many texts, and fails for a pattern that is not understood.
{ lib }:
let
  inherit (builtins)
    all
    elemAt
    head
    match
    replaceStrings
    stringLength
    ;

  # A look ahead at the beginning is a condition of its own.
  split =
    pattern:
    let
      ahead = match "\\^\\(\\?=([^)]*)\\)(.*)" pattern;
    in
    if ahead == null then [ pattern ] else [ "^${head ahead}" "^${elemAt ahead 1}" ];

  brackets = {
    "[^/\\s]" = "[^/[:space:]]";
    "[^\\s/?#@]" = "[^[:space:]/?#@]";
    "[^\\s/?#]" = "[^[:space:]/?#]";
    "[^\\s?#]" = "[^[:space:]?#]";
    "[^-\\s]" = "[^[:space:]-]";
    "[^\\s]" = "[^[:space:]]";
    "[^\\r\\n]" = "[^\r\n]";
    # No text of Nix holds the character that this forbids.
    "[^\\u0000]" = "(.|\n)";
  };

  classes = {
    "\\d" = "[0-9]";
    "\\S" = "[^[:space:]]";
    "\\s" = "[[:space:]]";
    # Closes nothing here, and is no character to be escaped there.
    "\\]" = "]";
  };

  exchange = table: replaceStrings (builtins.attrNames table) (builtins.attrValues table);

  # `match` takes the whole text, where a pattern without `$` takes its beginning.
  translate =
    pattern:
    let
      begun = lib.removePrefix "^" pattern;
      isWhole = lib.hasSuffix "$" begun;
      body = exchange classes (exchange brackets (if isWhole then lib.removeSuffix "$" begun else begun));
    in
    if isWhole then body else "${body}(.|\n)*";
in
{
  # Long texts are left to the check of the build: the matcher of Nix recurses with their length.
  matches =
    pattern: text:
    stringLength text > 2000 || all (part: match (translate part) text != null) (split pattern);
}

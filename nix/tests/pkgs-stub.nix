# Packages that have a path and are never built. What would be built keeps how.
{ lib }:
let
  package = name: more: { type = "derivation"; inherit name; outPath = "/nix/store/00000000000000000000000000000000-${name}"; } // more;
  plain = lib.genAttrs [ "bash" "cc-ci" "coreutils" "docker" "git" "gnutar" "gzip" "python3" "util-linux" ] (name: package name { });
in
plain
// {
  runCommand = name: attributes: script: package name { inherit attributes script; };
  writeText = name: text: package name { inherit text; };
}

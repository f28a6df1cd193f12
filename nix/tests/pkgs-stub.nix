# Packages that have a path and are never built. What would be built keeps how, so that a test can do it.
{ lib, program ? null, writeText ? null }:
let
  package =
    name: more:
    { type = "derivation"; inherit name; outPath = "/nix/store/00000000000000000000000000000000-${name}"; } // more;
  names = [ "abra" "bash" "coreutils" "docker" "git" "gnutar" "gzip" "python3" "util-linux" ];
in
lib.genAttrs names (name: package name { })
// {
  # A directory with bin/ccctl, where it is to be run.
  cc-ci = package "cc-ci" (lib.optionalAttrs (program != null) { outPath = program; });
  runCommand = name: attributes: script: package name { inherit attributes script; };
  writeText = if writeText != null then writeText else name: text: package name { inherit text; };
}

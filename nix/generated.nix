# The two things that are built: the configuration file and the set of spec files. Both are asked of the programs of the
# package, so that a system with a fault in them is not built.
{ lib, pkgs, cfg, settings, resources }:
let
  inherit (lib) escapeShellArg optionalString;
  ccctl = "${cfg.package}/bin/ccctl";

  copied =
    { name, object, text, source, profile, profileName }:
    ''
      cp ${if text == null then "${source}" else pkgs.writeText name text} $out/${escapeShellArg name}
    ''
    + optionalString (source != null) ''
      ${ccctl} --spec-directory "$TMPDIR" apply --dry-run -f $out/${escapeShellArg name} > "$TMPDIR/said" || exit 1
      grep -q ${escapeShellArg "^${object} "} "$TMPDIR/said" || {
        echo "${name}: holds $(cut -d' ' -f1 "$TMPDIR/said"), and is declared as ${object}. Correct one of them." >&2
        exit 1
      }
    ''
    + optionalString (profile != null) ''
      cp -rL ${profile} $out/${escapeShellArg profileName}
    '';
in
{
  # Exit code 3 is that its directories are not there while it is built, which is no fault.
  config = pkgs.runCommand "cc-ci.yaml" { inherit (settings) text; passAsFile = [ "text" ]; } ''
    cp "$textPath" $out
    cd "$TMPDIR"
    code=0
    ${ccctl} --config $out validate 2> said || code=$?
    if [ "$code" != 0 ] && [ "$code" != 3 ]; then
      cat said >&2
      exit 1
    fi
  '';

  specs = pkgs.runCommand "cc-ci-specs" { } ''
    mkdir $out
    cd "$TMPDIR"
    ${lib.concatMapStrings copied resources.files}
    ${optionalString (resources.files != [ ]) "${ccctl} validate $out"}
  '';
}

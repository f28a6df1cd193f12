# For the tests: every pattern of the schemas against texts, and definitions against values.
{ lib, patterns ? [ ], values ? [ ] }:
let
  shapes = import ../shapes.nix { inherit lib; };
in
{
  patterns = map ({ pattern, text }: shapes.matches pattern text) patterns;
  values = map (
    { file, name, value }: shapes.faults { inherit file name value; path = [ "spec" ]; }
  ) values;
}

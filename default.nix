# Without flakes: the package is `cc-ci`, the module of NixOS `module`. See nix/README.md.
{ pkgs ? import <nixpkgs> { } }:
{
  cc-ci = pkgs.callPackage ./nix/package.nix { };
  module = ./nix/module.nix;
  overlay = final: _: { cc-ci = final.callPackage ./nix/package.nix { }; };
  tests.vm = import ./nix/tests/vm.nix { inherit pkgs; };
}

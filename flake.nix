{
  description = "A declarative controller that tests Co-op Cloud recipes and keeps them warm";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.05";

  outputs =
    { self, nixpkgs }:
    let
      ofEachSystem = nixpkgs.lib.genAttrs [ "x86_64-linux" "aarch64-linux" ];
      ours = system: import ./. { pkgs = nixpkgs.legacyPackages.${system}; };
    in
    {
      packages = ofEachSystem (system: { inherit (ours system) cc-ci; default = (ours system).cc-ci; });
      overlays.default = final: _: { cc-ci = final.callPackage ./nix/package.nix { }; };
      nixosModules.default = ./nix/module.nix;
      checks = ofEachSystem (system: { package = (ours system).cc-ci; inherit ((ours system).tests) vm; });
    };
}

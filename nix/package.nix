# cc-controller and ccctl with the Node of nixpkgs. Every file that is fetched is in package-lock.json with its digest, so
# there is no other digest to keep, and the build itself fetches nothing.
{
  lib,
  buildNpmPackage,
  importNpmLock,
  installShellFiles,
  runtimeShellPackage,
  nodejs_24 ? null,
  nodejs_22 ? null,
  pnpm ? null,
  # Where packages of npm come from, such as "https://npm.example.org", without a slash at the end.
  npmRegistry ? null,
}:
let
  package = builtins.fromJSON (builtins.readFile ../package.json);
  # The registry from which nixpkgs itself has a package of npm: that is its business, and not ours.
  ofNixpkgs = builtins.match "(.+)/pnpm/-/pnpm-[^/]+" (pnpm.src.url or "");
  registry =
    if npmRegistry != null then
      npmRegistry
    else if ofNixpkgs != null then
      builtins.head ofNixpkgs
    else
      throw "cc-ci: this nixpkgs does not say where packages of npm come from. Override the package with npmRegistry, the address of a registry.";

  needed = import ./lock.nix {
    inherit lib package registry;
    packageLock = builtins.fromJSON (builtins.readFile ../package-lock.json);
  };

  isNewEnough = node: node != null && lib.versionAtLeast node.version "22.13";
  # One after the other: a Node that nixpkgs has dropped is an error as soon as somebody looks at it.
  nodejs =
    if isNewEnough nodejs_24 then
      nodejs_24
    else if isNewEnough nodejs_22 then
      nodejs_22
    else
      throw "cc-ci needs Node 22.13 or newer, and this nixpkgs has neither nodejs_24 nor such a nodejs_22. Take NixOS 25.05 or later.";
in
buildNpmPackage {
  pname = package.name;
  inherit (package) version;
  inherit nodejs;

  src = lib.fileset.toSource {
    root = ../.;
    fileset = lib.fileset.unions [
      ../bin
      ../controllers
      ../docs
      ../lib
      ../schemas
      ../scripts
      ../specs
      ../CHANGELOG.md
      ../LICENSE
      ../package.json
      ../package-lock.json
      (lib.fileset.maybeMissing ../packaging)
    ];
  };

  npmDeps = importNpmLock { inherit (needed) package packageLock; };
  npmConfigHook = importNpmLock.npmConfigHook;
  # Nothing that is installed has to be built: esbuild brings its program as a package, dockerode does without native parts.
  npmRebuildFlags = [ "--ignore-scripts" ];
  npmPackFlags = [ "--ignore-scripts" ];

  nativeBuildInputs = [ installShellFiles ];
  # For the first line of the two programs, which are scripts.
  buildInputs = [ runtimeShellPackage ];

  # The programs start the Node that `dist/node` names, and ask no other for its version. What npm's hook puts in $out/bin
  # gives the scripts to Node.
  postInstall = ''
    root=$out/lib/node_modules/cc-ci
    mkdir -p "$root/node_modules/.bin"
    ln -sfn ${nodejs}/bin/node "$root/node_modules/.bin/node"
    echo node_modules/.bin/node > "$root/dist/node"
    for program in cc-controller ccctl; do
      rm -f "$out/bin/$program"
      ln -s "$root/bin/$program" "$out/bin/$program"
    done
    for shell in bash zsh fish; do
      sh "$root/bin/ccctl" completion $shell > ccctl.$shell
    done
    installShellCompletion ccctl.{bash,zsh,fish}
    installManPage "$root"/docs/reference/*.[18]
  '';

  doInstallCheck = true;
  installCheckPhase = ''
    runHook preInstallCheck
    $out/bin/ccctl validate $out/lib/node_modules/cc-ci/specs/canonical.yaml
    $out/bin/cc-controller --version
    runHook postInstallCheck
  '';

  passthru = { inherit nodejs; };

  meta = {
    inherit (package) description;
    license = lib.licenses.agpl3Plus;
    mainProgram = "ccctl";
    platforms = [ "x86_64-linux" "aarch64-linux" ];
  };
}

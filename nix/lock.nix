# What the build of the package needs of package.json and package-lock.json: the dependencies of the programs, and the one
# that bundles them. The Node of npm, compilers, browsers and linters stay out. The lock file names no addresses, so that it
# is the same behind every registry; here each file gets that of `registry`.
{ lib, package, packageLock, registry }:
let
  inherit (builtins) attrNames elem filter;

  bundler = "esbuild";
  binaries = map (system: "@esbuild/${system}") [ "linux-x64" "linux-arm64" ];

  # `node_modules/a/node_modules/@b/c` is `@b/c`; an alias says what it really is.
  nameAt = path: lib.last (lib.splitString "node_modules/" path);
  isNeeded =
    path:
    let
      entry = packageLock.packages.${path} or null;
    in
    path != "" && entry != null && (!(entry.dev or false) || elem (nameAt path) ([ bundler ] ++ binaries));

  fileOf = name: version: "${registry}/${name}/-/${lib.last (lib.splitString "/" name)}-${version}.tgz";

  entryAt =
    path:
    let
      entry = packageLock.packages.${path};
      name = entry.name or (nameAt path);
      isTaken = dependency: isNeeded "node_modules/${dependency}" || isNeeded "${path}/node_modules/${dependency}";
    in
    { resolved = fileOf name entry.version; }
    // entry
    // lib.optionalAttrs (entry ? optionalDependencies) {
      optionalDependencies = lib.filterAttrs (dependency: _: isTaken dependency) entry.optionalDependencies;
    };

  devDependencies.${bundler} = package.devDependencies.${bundler};
in
{
  package = package // { inherit devDependencies; };

  packageLock = packageLock // {
    packages = lib.genAttrs (filter isNeeded (attrNames packageLock.packages)) entryAt // {
      "" = packageLock.packages."" // { inherit devDependencies; };
    };
  };
}

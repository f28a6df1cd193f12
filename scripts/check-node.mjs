// Fails early and clearly where scripts would run on a Node that cannot strip types or lacks node:sqlite.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `cc-ci: this is Node ${process.version}, development needs 22.18 or newer. ` +
      "The project brings its own: run 'npm ci' without --ignore-scripts (its install script must run).",
  );
  process.exit(1);
}

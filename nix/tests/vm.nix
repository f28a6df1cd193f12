# A machine that runs the module: its units start, a switch of specs restarts nothing, what leaves is deleted, a change of
# settings reloads or restarts. Needs nixpkgs and KVM; nix/README.md says how it is run.
{ pkgs ? import <nixpkgs> { } }:
let
  canonical = recipe: { spec = { seed = "Manual"; app = { inherit recipe; }; }; };
in
pkgs.testers.runNixOSTest {
  name = "cc-ci";

  nodes.machine =
    { config, lib, ... }:
    {
      imports = [ ../module.nix ];
      environment.etc."secret-token".text = "not for the store of a real machine";
      services.cc-ci = {
        enable = true;
        settings = {
          platform = "Process";
          recipeSource = "/srv/recipes/{recipe}";
          deletionGrace = "2s";
          memory.floor = "64MiB";
          disk.floor = "64MiB";
          metrics.listen = "127.0.0.1:9464";
        };
        secretsFiles.token = "/etc/secret-token";
        canonicals.notes = canonical "notes";
        canonicals.wiki = canonical "wiki";
      };
      specialisation = {
        specs.configuration.services.cc-ci.canonicals = {
          wiki = lib.mkForce (canonical "wiki" // { labels.tier = "b"; });
          forum = canonical "forum";
        };
        live.configuration.services.cc-ci.settings.maxRuns = 3;
        restart.configuration.services.cc-ci.settings.zone = "ci.example.org";
      };
    };

  testScript =
    { nodes, ... }:
    ''
      import json

      def switch(name):
          machine.succeed(f"{base}/specialisation/{name}/bin/switch-to-configuration test" if name else f"{base}/bin/switch-to-configuration test")

      def pid():
          return machine.succeed("systemctl show -P MainPID cc-ci.service").strip()

      def uid(name):
          return json.loads(machine.succeed(f"ccctl get canonical/{name} -o json"))["metadata"]["uid"]

      machine.wait_for_unit("cc-ci.service")
      base = machine.succeed("readlink -f /run/current-system").strip()
      machine.succeed("systemctl is-active cc-ci-specs.service")
      machine.succeed("test -L /var/lib/cc-ci/specs/nix")
      machine.wait_until_succeeds("ccctl wait canonical/notes --for=condition=Accepted --timeout 5s")
      machine.succeed("curl --fail --silent http://127.0.0.1:9464/readyz")

      with subtest("the secret is a credential, and in no file of the store"):
          path = "${nodes.machine.services.cc-ci.secretPaths.token}"
          assert path == "/run/credentials/cc-ci.service/token"
          machine.succeed(f"test -f {path}")

      with subtest("a change of specs restarts nothing and disturbs nobody"):
          before, notes = pid(), uid("notes")
          switch("specs")
          machine.wait_until_succeeds("ccctl wait canonical/forum --for=condition=Accepted --timeout 5s")
          assert (before, notes) == (pid(), uid("notes"))

      with subtest("and back: what leaves the configuration is deleted"):
          switch("")
          machine.wait_until_succeeds("! ccctl get canonical/forum")
          assert (before, notes) == (pid(), uid("notes"))

      with subtest("a setting that a running controller takes reloads it"):
          switch("live")
          assert before == pid()
          switch("")
          assert before == pid()

      with subtest("another one restarts it, and the objects are the ones they were"):
          switch("restart")
          machine.wait_for_unit("cc-ci.service")
          assert before != pid()
          assert notes == uid("notes")

      with subtest("it stops in order"):
          machine.succeed("systemctl stop cc-ci.service")
          machine.succeed("systemctl show -P Result cc-ci.service | grep -qx success")
    '';
}

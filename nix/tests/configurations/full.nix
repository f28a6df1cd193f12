{ config, pkgs, ... }:
let
  inherit (config.services.cc-ci) secretPaths;
in
{
  virtualisation.docker = {
    enable = true;
    liveRestore = false;
    daemon.settings.data-root = "/srv/docker";
  };

  services.cc-ci = {
    enable = true;
    openFirewall = true;
    extraPackages = [ pkgs.python3 ];

    secretsFiles = {
      forge-token = "/run/agenix/forge-token";
      smtp = "/run/agenix/smtp";
    };

    settings = {
      platform = "Swarm";
      zone = "ci.example.org";
      recipeSource = "https://git.example.org/coop-cloud/{recipe}.git";
      maxRuns = 2;
      disk.floor = "5GiB";
      metrics.listen = "0.0.0.0:9464";
      site.listen = "8080";
      forge = {
        url = "https://git.example.org";
        tokenFile = secretPaths.forge-token;
        authorised = [ "org:coop-cloud" ];
        webhook = { listen = "[::]:9465"; secretFile = secretPaths.smtp; };
      };
      alerts.sinks = [ { command = [ "${pkgs.python3}/bin/python3" "/etc/cc-ci/alert.py" ]; } ];
    };

    warmServices.keycloak = {
      labels.tier = "sso";
      spec = {
        app = { recipe = "keycloak"; env.LETS_ENCRYPT_ENV = "production"; };
        update.maxBump = "Patch";
        provides.sso.type = "Keycloak";
      };
    };

    canonicals = {
      notes = {
        annotations."example.org/owner" = "notes team";
        spec = {
          app = {
            recipe = "notes";
            health = [ { http = { path = "/healthz"; contains = "ok"; }; } ];
            secrets.items = [ { name = "smtp_password"; file = secretPaths.smtp; } ];
          };
          ci = {
            dependsOn = [ { warmService = "keycloak"; as = "sso"; } ];
            tests = [
              { name = "home"; http.contains = "notes"; }
              { name = "login"; command = [ "./bin/login" ]; from = "Profile"; requires = [ "sso" ]; timeout = "2m"; }
            ];
          };
          # Null is absent.
          trigger = null;
        };
      };
      wiki.source = ./files/wiki.yaml;
    };

    sweeps.weekly.spec = { schedule = "0 3 * * 0"; timeZone = "Europe/London"; };

    profiles.notes = ./files/notes-tests;
  };
}

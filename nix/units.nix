# The two units: one puts the spec files of this configuration in force, the other one is the controller. The first has
# ended when the second starts, and may run again beside it: a change of specs restarts nothing.
{ lib, pkgs, cfg, settings, secrets, generated, docker }:
let
  isProcess = settings.platform == "Process";
  user = if cfg.user != null then cfg.user else if isProcess then "cc-ci" else "root";
  stateDirectory = settings.written.stateDirectory or "/var/lib/cc-ci/state";
  specDirectory = settings.written.specDirectory or "/var/lib/cc-ci/specs";
  abraPath = settings.written.abra.binary or "abra";
  config = "/etc/cc-ci/cc-ci.yaml";

  # Of both. systemd makes the directories and gives all that is in them to the user, whenever owner or mode of the top are
  # others than these. Not to root: what belongs to the users of apps would change hands. See `tmpfiles`.
  place = {
    User = user;
    Group = if user == "root" then "root" else "cc-ci";
    WorkingDirectory = "/var/lib/cc-ci";
    UMask = "0077";
  }
  // lib.optionalAttrs (user != "root") {
    StateDirectory = "cc-ci cc-ci/state cc-ci/specs";
    StateDirectoryMode = "0750";
  };

  confined = {
    # Nothing that is started gains rights over it.
    NoNewPrivileges = true;
    # Everything is read-only but for what is named in ReadWritePaths.
    ProtectSystem = "strict";
    # Recipe sources may lie in a home; nothing is written there.
    ProtectHome = "read-only";
    ProtectClock = true;
    ProtectHostname = true;
    ProtectKernelLogs = true;
    ProtectKernelModules = true;
    # Leaves /sys/fs/cgroup alone, where each command and app gets a cgroup: for the same reason no ProtectControlGroups.
    ProtectKernelTunables = true;
    LockPersonality = true;
    RestrictRealtime = true;
    SystemCallArchitectures = "native";
  };
in
{
  inherit user stateDirectory specDirectory;

  # What root's directories are, and nothing of what is in them.
  tmpfiles = map (directory: "d ${directory} 0750 root root -") (
    lib.optionals (user == "root") [ "/var/lib/cc-ci" "/var/lib/cc-ci/state" "/var/lib/cc-ci/specs" ]
  );

  specs = {
    description = "spec files of cc-ci from the configuration of this system";
    # Wanted, never required: where it fails, what was in force before stays, and the controller works with that. A
    # requirement would stop the controller with each run of this.
    wantedBy = [ "cc-ci.service" "multi-user.target" ];
    before = [ "cc-ci.service" ];
    unitConfig.RequiresMountsFor = [ stateDirectory specDirectory ];
    serviceConfig =
      place
      // confined
      // {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = "${cfg.package}/bin/ccctl --config ${config} materialise ${generated.specs}";
        ReadWritePaths = [ stateDirectory specDirectory ];
        PrivateNetwork = true;
        PrivateDevices = true;
        PrivateTmp = true;
        # Root copies what is its own; the files of another user it gives to nobody.
        CapabilityBoundingSet = if user == "root" then [ "CAP_DAC_OVERRIDE" "CAP_FOWNER" ] else [ "" ];
        RestrictAddressFamilies = [ "none" ];
      };
  };

  controller = {
    description = "cc-ci controller, tests Co-op Cloud recipes";
    wantedBy = [ "multi-user.target" ];
    wants = [ "network-online.target" ] ++ lib.optionals (!isProcess) [ "docker.service" ];
    # Wanted and not required: the controller outlives a restart of the engine, and waits for it.
    after = [ "network-online.target" "cc-ci-specs.service" ] ++ lib.optionals (!isProcess) [ "docker.service" ];
    unitConfig.RequiresMountsFor = [ stateDirectory specDirectory ];
    path = [ pkgs.bash pkgs.git pkgs.gnutar pkgs.gzip pkgs.util-linux ] ++ lib.optionals (!isProcess) [ (docker.package or pkgs.docker) ] ++ cfg.extraPackages;
    environment.HOME = "/var/lib/cc-ci";
    restartTriggers = [ settings.restartDigest ];
    reloadTriggers = [ settings.liveDigest ];
    serviceConfig =
      place
      // confined
      // {
        Type = "notify";
        # systemd-notify sends the messages, which is another process: Node has no datagram sockets of that family.
        NotifyAccess = "all";
        ExecStart = "${cfg.package}/bin/cc-controller --config ${config} --log-format json";
        # SIGHUP stops, SIGUSR1 is Node's own.
        ExecReload = "${pkgs.coreutils}/bin/kill -USR2 $MAINPID";
        WatchdogSec = 60;
        TimeoutStopSec = 90;
        Restart = "on-failure";
        RestartSec = 5;
        # Apps of the platform Process, and their supervisors, outlive a restart.
        KillMode = "process";
        OOMPolicy = "continue";
        # The watchdog ends by SIGABRT, and a core file would have secrets in it.
        LimitCORE = 0;
        # A part of the cgroup hierarchy of its own.
        Delegate = true;
        LoadCredential = secrets.credentials;
        ReadWritePaths =
          [ stateDirectory specDirectory ]
          ++ lib.optionals (settings.written ? site.directory) [ "-${settings.written.site.directory}" ]
          # Apps keep what they like there, also over a restart: a place of the unit's own would be emptied then.
          ++ lib.optionals isProcess [ "/tmp" "/var/tmp" ]
          # Where the engine keeps volumes.
          ++ lib.optionals (!isProcess) [ "-${docker.daemon.settings.data-root or "/var/lib/docker"}" ];
        PrivateTmp = !isProcess;
        # What apps need of /dev is there: null, random, terminals, shared memory. It takes CAP_MKNOD away, and volumes of an
        # engine may hold device nodes.
        PrivateDevices = isProcess;
        RestrictAddressFamilies = [ "AF_UNIX" "AF_INET" "AF_INET6" "AF_NETLINK" ];
        # Owners, modes and attributes of volumes are put back as they were; processes of others are looked at.
        CapabilityBoundingSet =
          if user == "root" then
            [ "CAP_CHOWN" "CAP_DAC_OVERRIDE" "CAP_DAC_READ_SEARCH" "CAP_FOWNER" "CAP_FSETID" "CAP_KILL" "CAP_MKNOD" "CAP_SETFCAP" "CAP_SYS_PTRACE" ]
          else
            [ "" ];
        # Not set, as it would break what works: MemoryDenyWriteExecute (V8 compiles to memory that it writes),
        # RestrictSUIDSGID (volumes hold such modes), RestrictNamespaces (browsers that test), ProtectProc and ProcSubset
        # (what a run left is found in /proc), SystemCallFilter (apps of the platform Process may be anything).
      };
  };

  abra = lib.optionals (settings.platform == "Abra" && abraPath == "abra" && cfg.extraPackages == [ ]) [
    "services.cc-ci.settings.platform is Abra, and nothing brings abra: add it to services.cc-ci.extraPackages, or set services.cc-ci.settings.abra.binary."
  ];
}

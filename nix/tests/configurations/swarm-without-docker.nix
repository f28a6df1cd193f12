{
  services.cc-ci = {
    enable = true;
    user = "ci";
    settings.platform = "Abra";
    # Known to a later version, perhaps.
    settings.somethingNew = { depth = 3; };
  };
}

{
  services.cc-ci = {
    canonicals.notes.spec.app.recipe = "notes";
    settings.maxRuns = 2;
  };
}

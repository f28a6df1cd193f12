{
  services.cc-ci = {
    enable = true;
    settings.platform = "Process";
    settings.recipeSource = "/srv/recipes/{recipe}";
    canonicals.notes.spec.app.recipe = "notes";
  };
}

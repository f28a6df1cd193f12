{ services.cc-ci = { enable = true; openFirewall = true; }; }

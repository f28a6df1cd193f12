#!/bin/bash
# An operator's day on a scratch directory, command by command, against the real controller: to be looked at, or recorded
# with `script --quiet --command scripts/operator-session.sh session.txt`. Nothing is judged here; each point has a test.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/cc-ci-session-XXXXXX")
cd "$scratch" || exit 1
export PATH="$root/bin:$root/node_modules/.bin:$PATH" HOME="$scratch" EDITOR="sed -i s/seed:.*/seed:\ Auto/"

title() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
# Shows a command as a person types it, runs it, and shows an exit code that is not 0. What goes on is told as to a file:
# pictures that are drawn anew many times a second are no record.
try() {
  printf '\n\033[2m$ %s\033[0m\n' "$1"
  bash -c "$1" || printf '\033[2m(exit code %s)\033[0m\n' "$?"
}
is_running() { ccctl doctor 2>/dev/null | grep -q 'cc-controller is running'; }
start() {
  cc-controller >>"$scratch/controller.log" 2>&1 &
  controller=$!
  # One that does not start says why in its log.
  until is_running; do kill -0 "$controller" 2>/dev/null || { tail -n 3 "$scratch/controller.log"; return 1; }; sleep 0.2; done
}
stop() { kill -TERM "$controller" 2>/dev/null; wait "$controller" 2>/dev/null; }
finish() {
  stop
  # What runs still is ended by its own words.
  start || return
  ccctl delete --all canonical --purge --yes --wait --timeout 60s >/dev/null 2>&1
  ccctl delete --all run --wait --timeout 60s >/dev/null 2>&1
  stop
  rm -rf "$scratch"
}
trap finish EXIT

node "$root/scripts/build-demo-recipes.ts" "$scratch/recipes" >/dev/null
mkdir specs
sed "s#DEMO_RECIPES#$scratch/recipes#" "$root/specs/demo/notes.yaml" >specs/notes.yaml
sed "s#DEMO_RECIPES#$scratch/recipes#" "$root/specs/demo/hello.yaml" >hello.yaml
printf 'platform: Process\nrecipeSource: %s/recipes/{recipe}\ndeletionGrace: 5s\n' "$scratch" >cc-ci.yaml
start || exit 1
ccctl wait can/notes --for=create --timeout 30s >/dev/null
ccctl wait can/notes --for=condition=Ready --timeout 2m >/dev/null

title 'what is there'
try 'ccctl get all'
try 'ccctl get can -o wide --show-labels'
try 'ccctl get can -o custom-columns=NAME:.metadata.name,KNOWN:.status.knownGood.version,URL:.status.url'
try 'ccctl get runs -o name'
try "ccctl get runs -l 'recipe in (notes,hello),!nightly'"
try 'ccctl describe can/notes'
try 'ccctl tree can/notes'
try 'ccctl why can/notes'
try 'ccctl events --for can/notes --limit 5'
try 'ccctl events --for can/notes --limit 1 -o json'
try 'ccctl explain run.holdOnFailure; ccctl explain run.spec.holdOnFailure'
try 'ccctl explain sweep --recursive | head -n 12'

title 'a run that is red, and its logs'
try 'ccctl run notes --ref broken/loses-data --name red --wait --timeout 2m 2>&1 | cat'
try 'ccctl describe run/red'
try 'ccctl logs run/red --stage Upgrade --tail 5'
try 'ccctl logs run/red app --tail 3'
try 'ccctl logs run/red --since 5m --tail 2'
try 'ccctl why run/red'
try 'ccctl run notes --ref 2.0.0+2.0.0 --quick --repeat 3 --wait --promotion Never --timeout 5m 2>&1 | cat'

title 'edits that are taken, and edits that are not'
try 'ccctl get can/notes -o yaml | ccctl apply -f -'
try 'head -n 12 specs/notes.yaml'
try "sed 's/recipe: notes/recipe: other/' specs/notes.yaml | ccctl apply -f -"
try "sed -i 's/recipe: notes/recipe: other/' specs/notes.yaml; ccctl wait can/notes --for=condition=Accepted=False --timeout 10s; ccctl get can/notes"
try 'ccctl describe can/notes | head -n 14'
try "ccctl get can/notes -o jsonpath='{.spec.app.recipe}'"
try "ccctl diff -f specs/notes.yaml"
try "sed -i 's/recipe: other/recipe: notes/' specs/notes.yaml; ccctl wait can/notes --for=condition=Accepted --timeout 10s"
try "{ cat hello.yaml; echo ---; sed 's/name: hello/name: hello-two/' hello.yaml; } | ccctl apply --dry-run -f -"
try 'ccctl apply -f hello.yaml && ccctl wait can/hello --for=create --timeout 10s'
try 'ccctl suspend can/hello'
try 'ccctl edit can/hello'

title 'a rename within a file'
try "sed -i 's/name: hello$/name: greeting/' specs/canonical-hello.yaml; sleep 2; ccctl get can"
try 'ccctl describe can/hello | head -n 12'
try 'ccctl delete can/hello --purge --yes'
try 'ccctl wait can/hello --for=delete --timeout 60s; ccctl get can'

title 'files that cannot be read'
try 'ln -s nowhere specs/gone.yaml; mkdir specs/directory.yaml; printf "kind: Nothing\n" > specs/bad.yaml; sleep 3; ccctl get all -o wide'
try 'ccctl validate specs'
try 'ccctl doctor'
try 'rm -r specs/gone.yaml specs/directory.yaml specs/bad.yaml'

title 'the controller is away'
stop
try 'ccctl get can'
try 'ccctl cancel run/red'
try 'ccctl run notes --name later && ccctl delete run/later'
try 'ccctl doctor | head -n 8'
start
try 'ccctl wait --all can --for=condition=Accepted --timeout 30s'
try 'echo "maxRuns: 7" >> cc-ci.yaml; sleep 12; ccctl doctor | grep -A1 configuration'

title 'words of other tools'
try 'ccctl list'
try 'ccctl create -f hello.yaml'
try 'ccctl gt runs'
try 'ccctl get pods'
try 'ccctl get run/none'
try 'ccctl completion bash | head -n 5'
try 'ccctl delete --all runs --dry-run'
try 'ccctl delete -l recipe=notes runs --dry-run'

title 'what the controller said meanwhile'
try 'grep -v debug controller.log | cut -c 1-160 | head -n 40'

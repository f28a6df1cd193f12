# The shell of the operator's path. A block that fails ends it.
set -euo pipefail
checkout=$CC_CI_CHECKOUT
node=$checkout/node_modules/.bin/node
begin() { date +%s.%N >"/test/results/$1.begin"; }
end() { date +%s.%N >"/test/results/$1.end"; }
# The demo's recipes run on the Node of this machine, as any program of a host.
ln -sf "$(readlink -f "$node")" /usr/local/bin/node
"$node" "$checkout/scripts/build-demo-recipes.ts" /srv/recipes >/dev/null
chmod -R a+rX /srv/recipes
"$node" "$checkout/test/operator/stand-ins/receiver.ts" /test/alerts.jsonl 8099 &
cd /root
# The package, where the test has built one; else its name alone, and the stand-in makes the layout.
cp /test/cc-ci_*.deb . 2>/dev/null || touch cc-ci_0.0.0_all.deb

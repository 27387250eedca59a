#!/usr/bin/env bash
# tools/clang_tidy_changed.sh [BASE] [BUILD]: clang-tidy 19 on the .cc files of src/ that differ from BASE (default: the
# commit before the last), and on those that include a changed header directly. Needs a configured BUILD (default:
# build/dev) for its compile commands. Says so and ends well where clang-tidy 19 is not installed.
# WEIR_TIDY_SECONDS: begins no further file after so long, and says how many are left.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
base=${1:-HEAD~1}
build=${2:-build/dev}

tidy=$(command -v clang-tidy-19 || true)
if [ -z "$tidy" ]; then
  echo "clang-tidy: skipped: clang-tidy-19 is not installed (apt-get install clang-tidy-19)"
  exit 0
fi
[ -f "$build/compile_commands.json" ] || { echo "clang-tidy: $build has no compile commands; run scripts/build dev" >&2; exit 1; }

if ! git rev-parse -q --verify "$base^{commit}" >/dev/null; then
  echo "clang-tidy: skipped: there is no commit $base to compare with"
  exit 0
fi
changed=$({ git diff --name-only --diff-filter=d "$base" -- src; git ls-files --others --exclude-standard -- src; } | sort -u)
files=$(grep -E '\.cc$' <<<"$changed" || true)
while read -r header; do
  [ -n "$header" ] && files+=$'\n'$(grep -rlF "#include \"${header#src/}\"" src --include='*.cc' || true)
done < <(grep -E '\.h$' <<<"$changed" || true)
# Only what the build knows: a file that is in no target has no flags.
known=$(grep -oE '"file": "[^"]+"' "$build/compile_commands.json" | cut -d'"' -f4 | sed "s|^$PWD/||")
files=$(grep -v '^$' <<<"$files" | sort -u | grep -xF -f <(printf '%s\n' "$known") || true)
if [ -z "$files" ]; then
  echo "clang-tidy: no C++ file differs from $base"
  exit 0
fi
count=$(wc -l <<<"$files")
echo "clang-tidy: $count files differ from $base"
left=$(mktemp)
trap 'rm -f "$left"' EXIT
export tidy build left until=$(($(date +%s) + ${WEIR_TIDY_SECONDS:-86400}))
# g++'s own warning flags are unknown to clang.
# shellcheck disable=SC2016
xargs -r -P 2 -n 1 bash -c '
  if [ "$(date +%s)" -ge "$until" ]; then echo "$1" >>"$left"; exit 0; fi
  "$tidy" -p "$build" --quiet --extra-arg=-Wno-unknown-warning-option "$1"' tidy <<<"$files" 2> >(grep -v 'warnings generated' >&2)
if [ -s "$left" ]; then
  echo "clang-tidy: clean, with $(wc -l <"$left") of $count files left out after ${WEIR_TIDY_SECONDS} s; run tools/clang_tidy_changed.sh by hand"
else
  echo "clang-tidy: clean"
fi
